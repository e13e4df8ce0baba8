import { connectRedis } from 'tablepick/redis';
import { checkInvariants, createReservations } from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { withPrivateRedis } from './support/private-redis.js';
import { ask, eventually, idOf } from './support/reservation-requests.js';
import { withReservationScene } from './support/reservation-scene.js';
import { testServers } from './support/servers.js';

const flag = 'reservation:full:1:2099-01-01:01:00';

describe.each(testServers())('the sold-out flag on $name', (server) => {
  it('that could not be removed is removed as soon as Redis answers again', async () => {
    await withPrivateRedis(async (down) => {
      await withReservationScene(server, { slots: 2, capacity: 1 }, async ({ database }) => {
        const options = { database, redisUrl: down.url, soldOutFlag: { recheckMs: 60_000 } };
        const [one, other] = [createReservations(options), createReservations(options)];
        const held = await one.reserve(ask(1));
        await eventually(async () => {
          await other.reserve(ask(900));
          return exists(down.url, flag);
        });
        down.pause();
        expect(await one.cancel({ reservationId: idOf(held), memberId: 1 })).toEqual({ kind: 'cancelled' });
        down.resume();
        // Whatever it is asked next, once it talks to Redis again.
        await eventually(async () => {
          await one.reserve(ask(901, 2));
          return !(await exists(down.url, flag));
        });
        expect(await other.reserve(ask(902))).toMatchObject({ kind: 'reserved' });
        await Promise.all([one.close(), other.close()]);
      });
    });
  });

  it.each(['paused', 'killed'])('is done without while Redis is %s', async (how) => {
    await withPrivateRedis(async (down) => {
      await withReservationScene(server, { slots: 1, capacity: 2 }, async ({ database }) => {
        const failures: string[] = [];
        const soldOutFlag = {
          onFailure: (error: Error) => void failures.push((error as Error & { code: string }).code),
        };
        const reservations = createReservations({ database, redisUrl: down.url, soldOutFlag });
        expect(await reservations.reserve(ask(1))).toMatchObject({ kind: 'reserved' });
        if (how === 'paused') down.pause();
        else await down.kill();
        const outcomes: string[] = [];
        for (const memberId of [2, 3]) outcomes.push((await reservations.reserve(ask(memberId))).kind);
        const again = await reservations.reserve(ask(2));
        expect([...outcomes, again.kind]).toEqual(['reserved', 'sold-out', 'reserved']);
        expect(await reservations.cancel({ reservationId: idOf(again), memberId: 2 })).toEqual({ kind: 'cancelled' });
        expect(await reservations.reserve(ask(4))).toMatchObject({ kind: 'reserved' });
        expect(new Set(failures)).toEqual(new Set(['REDIS_UNAVAILABLE']));
        await reservations.close();
        expect(await checkInvariants(database)).toMatchObject({ ok: true });
      });
    });
  });
});

async function exists(url: string, key: string): Promise<boolean> {
  const reader = await connectRedis({ url, commandTimeoutMs: 10_000 });
  return reader
    .command(['EXISTS', key])
    .then((found) => found === 1)
    .finally(() => reader.close());
}
