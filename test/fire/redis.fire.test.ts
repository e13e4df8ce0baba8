import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Database } from 'tablepick/database';
import { connectRedis } from 'tablepick/redis';
import {
  checkInvariants,
  createRedisLock,
  createReservations,
  type HistoryEntry,
  type ReservationsOptions,
} from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { type PrivateRedis, withPrivateRedis } from '../support/private-redis.js';
import { startRedisLoad } from '../support/redis-load.js';
import { askFor, expectInvariants } from '../support/reservation-fire.js';
import { startPlay } from '../support/reservation-process.js';
import { type ReservationScene, withReservationScene } from '../support/reservation-scene.js';
import { testServer } from '../support/servers.js';
import { startStallingProxy } from '../support/stalling-proxy.js';

const random = fireRandom();
const slotIds = [1, 2, 3, 4];
const recheckMs = 300;
const rounds = isShare ? 3 : 15;
const servers = enginesUnderFire('mysql').map(testServer);
const leaseMs = 300;

const strategies: NonNullable<ReservationsOptions['strategy']>[] = isShare
  ? [createRedisLock({ leaseMs })]
  : [createRedisLock({ leaseMs }), createRedisLock({ leaseMs, whenRedisIsDown: 'atomic' }), 'combining'];

describe.each(servers)('Redis, beside $name', (server) => {
  const withScene = (work: (scene: ReservationScene, redis: PrivateRedis) => Promise<void>): Promise<void> =>
    withPrivateRedis((redis) =>
      withReservationScene(server, { slots: slotIds.length, capacity: 15 }, (scene) => work(scene, redis)),
    );

  describe.each(strategies.map((strategy, place) => ({ name: nameOf(strategy), strategy, place })))(
    'with a sold-out flag and $name ($place)',
    ({ strategy }) => {
      const start = ({ url }: ReservationScene, redis: PrivateRedis) =>
        startRedisLoad({ url, redisUrl: redis.url, strategy, slotIds, random, soldOutFlag: { recheckMs } });

      it('forgets everything again and again, and no answer is wrong for it', async () => {
        await withScene(async (scene, redis) => {
          const load = await start(scene, redis);
          const admin = await connectRedis({ url: redis.url, commandTimeoutMs: 10_000 });
          for (let flushes = 0; flushes < 20 * rounds; flushes += 1) {
            await sleep(random() * 60);
            await admin.command(['FLUSHALL']);
          }
          await admin.close();
          await expectInvariants(scene.database, told(await load.stop()));
          await expectAllSold(scene.database, redis);
        });
      });

      it('is killed and comes back empty, and no answer is wrong for it', async () => {
        await withScene(async (scene, redis) => {
          const load = await start(scene, redis);
          for (let kills = 0; kills < rounds; kills += 1) {
            await sleep(random() * 500);
            await redis.kill();
            await sleep(random() * 500);
            await redis.start();
          }
          await expectInvariants(scene.database, told(await load.stop()));
          await expectAllSold(scene.database, redis);
        });
      });

      it('answers nobody for five seconds: at most a refusal is wrong, until the next check', async () => {
        await withScene(async (scene, redis) => {
          const load = await start(scene, redis);
          await sleep(500);
          redis.pause();
          await sleep(5000);
          redis.resume();
          await sleep(1000);
          const entries = told(await load.stop());
          const { counts } = await checkInvariants(scene.database, { history: { entries, exclusive: true } });
          expect(Object.keys(counts).filter((kind) => kind !== 'sold-out-unjustified')).toEqual([]);
          await expectAllSold(scene.database, redis);
        });
      });
    },
  );

  it('out of reach of one of two services holds up no seat longer than the other one waits for a check', async () => {
    await withScene(async ({ database }, redis) => {
      const proxy = await startStallingProxy(redis.url);
      const options = { database, strategy: 'atomic', soldOutFlag: { recheckMs } } as const;
      const cutOff = createReservations({ ...options, redisUrl: proxy.url });
      const other = createReservations({ ...options, redisUrl: redis.url });
      for (let member = 1; member <= 15; member += 1) await cutOff.reserve(askFor(1, member));
      expect(await untilTold('sold-out', () => other.reserve(askFor(1, 100)))).toBe(true);
      proxy.stall();
      expect(await cutOff.cancel({ reservationId: 1, memberId: 1 })).toEqual({ kind: 'cancelled' });
      expect(await untilTold('reserved', () => other.reserve(askFor(1, 101)))).toBe(true);
      await cutOff.close();
      await other.close();
      await proxy.close();
      await expectInvariants(database);
    });
  });

  it('has a lock holder that is stopped past its lease: the next one writes, the late one is refused', async () => {
    await withScene(async ({ database, url }, redis) => {
      const job = JSON.stringify({ url, redisUrl: redis.url, leaseMs, request: askFor(1, 1) });
      const child = spawn(process.execPath, [new URL('stopped-holder-child.mjs', import.meta.url).pathname, job]);
      const said = text(child.stdout);
      const admin = await connectRedis({ url: redis.url });
      const locked = async () => (await admin.command(['EXISTS', 'reservation:lock:1'])) === 1;
      await until(locked);
      await until(async () => !(await locked()));
      const next = createReservations({ database, redisUrl: redis.url, strategy: createRedisLock({ leaseMs }) });
      expect(await next.reserve(askFor(1, 2))).toMatchObject({ kind: 'reserved' });
      child.kill('SIGCONT');
      await once(child, 'close');
      expect(JSON.parse(await said)).toEqual({
        ends: [
          expect.stringMatching(/^slot 1 was written under fencing token \d+ by a later holder of its lock$/),
          'committed',
        ],
        outcome: { kind: 'reserved', reservationId: expect.any(Number) },
      });
      await next.close();
      await admin.close();
      await expectInvariants(database);
    });
  });

  it('has lock holders that are stopped past their leases at random: no answer is wrong', async () => {
    await withScene(async ({ database, url }, redis) => {
      const players = [0, 1, 2].map((place) =>
        startPlay({
          url,
          poolSize: 8,
          strategy: 'redis-lock',
          leaseMs,
          redisUrl: redis.url,
          seatsPer: 'guest',
          slotIds,
          calls: isShare ? 300 : 3000,
          keyPrefix: `p${place}`,
          seed: Math.floor(random() * 2 ** 31),
        }),
      );
      await Promise.all(players.map(({ ready }) => ready));
      for (const { begin } of players) begin();
      let playing = true;
      const histories = Promise.all(players.map(({ played }) => played)).finally(() => (playing = false));
      for (let stops = 0; playing && stops < 5 * rounds; stops += 1) {
        const { signal } = players[Math.floor(random() * players.length)]!;
        await sleep(random() * 100);
        signal('SIGSTOP');
        await sleep(leaseMs + random() * leaseMs);
        signal('SIGCONT');
      }
      await expectInvariants(database, told((await histories).flat()));
    });
  });
});

function nameOf(strategy: string | { name: string }): string {
  return typeof strategy === 'string' ? strategy : strategy.name;
}

/** Prints what was answered how often; something must have been reserved. */
function told(entries: HistoryEntry[]): HistoryEntry[] {
  const counts: Record<string, number> = {};
  for (const { call, outcome } of entries) {
    const kind = `${call} ${outcome.kind}${outcome.kind === 'failed' ? ` ${outcome.code}` : ''}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  console.log(JSON.stringify(counts));
  expect(counts['reserve reserved']).toBeGreaterThan(10);
  return entries;
}

/** Every seat that is left can be sold, also to a service that believes the flags. */
async function expectAllSold(database: Database, redis: PrivateRedis): Promise<void> {
  const options = { strategy: 'atomic', redisUrl: redis.url, soldOutFlag: { recheckMs } } as const;
  const reservations = createReservations({ ...options, database });
  let member = 1000;
  await until(async () => {
    for (const slotId of slotIds) await reservations.reserve(askFor(slotId, (member += 1)));
    const left = await database.query('SELECT id FROM reservation_slot WHERE count < capacity');
    return left.length === 0;
  });
  await reservations.close();
  await expectInvariants(database);
}

async function untilTold(kind: string, ask: () => Promise<{ kind: string }>): Promise<boolean> {
  await until(async () => (await ask()).kind === kind);
  return true;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 5) {
    if (waited > 30_000) throw new Error('waited 30 s in vain');
    await sleep(5);
  }
}
