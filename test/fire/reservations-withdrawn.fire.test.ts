import { setTimeout as sleep } from 'node:timers/promises';

import { connect } from 'tablepick/database';
import { createCombining } from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { waitUntilWaiting } from '../support/open-transactions.js';
import {
  type ReservationFire,
  askFor,
  claimingStrategies,
  countEnds,
  endOf,
  upTo,
  withReservationFire,
} from '../support/reservation-fire.js';
import { testServers } from '../support/servers.js';

const LOCK = 'SELECT id FROM reservation_slot WHERE id = 1 FOR UPDATE';

describe.each(testServers())('a request to $name', (server) => {
  describe.each(claimingStrategies)('under %s', (strategy) => {
    it('is withdrawn by its signal before it is begun, and told its outcome after', async () => {
      await withReservationFire(server, { slots: 1, capacity: 5, poolSize: 1 }, async ({ database, open, url }) => {
        const reservations = open({ strategy });
        await reservations.reserve(askFor(1, 9));
        const stop = new AbortController();
        const { begun, waiting } = await database.transaction(async (tx) => {
          await tx.query(LOCK);
          const first = endOf(reservations.reserve(askFor(1, 1), stop));
          await waitUntilWaiting(url);
          const second = endOf(reservations.reserve(askFor(1, 2), stop));
          await sleep(20);
          stop.abort();
          return { begun: first, waiting: second };
        });
        expect(await begun).toBe('reserved');
        // A batch that waits for a connection has begun.
        const isTaken = strategy === 'adaptive' && (await waiting) === 'reserved';
        expect(await waiting).toBe(isTaken ? 'reserved' : 'ABORTED');
        expect((await reservations.resolve(askFor(1, 2))).kind).toBe(isTaken ? 'reserved' : 'not-reserved');
      });
    });

    it('is told who holds the connections when there is none for it, and nothing is written', async () => {
      await withReservationFire(server, { slots: 1, capacity: 5 }, async ({ proxiedUrl, openOn }) => {
        const database = await connect({ url: proxiedUrl, poolSize: 2, acquireTimeoutMs: 200, sslMode: 'DISABLED' });
        const reservations = openOn(database, { strategy });
        for (const isSlotKnown of [false, true]) {
          const member = isSlotKnown ? 2 : 1;
          await withAllHeld(database, async () => {
            const refused = reservations.reserve(askFor(1, member));
            await expect(refused).rejects.toMatchObject({
              code: 'POOL_TIMEOUT',
              message: expect.stringMatching(/2 of 2 are held: session .* transaction for .*FOR UPDATE/),
            });
          });
          expect(await reservations.resolve(askFor(1, member))).toEqual({ kind: 'not-reserved' });
          expect((await reservations.reserve(askFor(1, member))).kind).toBe('reserved');
        }
        await reservations.close();
        await database.close();
      });
    });

    it('that is under way is answered before close does, one that comes after is refused', async () => {
      await withReservationFire(server, { slots: 2, capacity: 1000, poolSize: 4 }, async ({ proxiedUrl, openOn }) => {
        const database = await connect({ url: proxiedUrl, poolSize: 4, sslMode: 'DISABLED' });
        const reservations = openOn(database, { strategy });
        const calls = upTo(200).map((member) => reservations.reserve(askFor(1 + (member % 2), member)));
        const closed = reservations.close().then(() => database.close());
        expect(await endOf(reservations.reserve(askFor(1, 1000)))).toBe('ABORTED');
        await closed;
        expect(await countEnds(calls)).toEqual({ reserved: 200 });
      });
    });

    it('is answered with the truth when the database handle is closed under it', async () => {
      await withReservationFire(server, { slots: 2, capacity: 1000 }, async ({ proxiedUrl, open, openOn }) => {
        for (const afterMs of [1, 10, 30]) {
          const database = await connect({ url: proxiedUrl, poolSize: 4, sslMode: 'DISABLED' });
          const reservations = openOn(database, { strategy, resolveWithinMs: 300 });
          const requests = upTo(200).map((member) => askFor(1 + (member % 2), afterMs * 1000 + member));
          const ends = Promise.all(requests.map((request) => endOf(reservations.reserve(request))));
          await sleep(afterMs);
          await database.close();
          for (const end of await ends) expect(end).toMatch(/^(reserved|unknown|QUERY_FAILED|CONNECTION_LOST)$/);
          const again = open({ strategy });
          expect(await countEnds(requests.map((request) => again.reserve(request)))).toEqual({ reserved: 200 });
        }
      });
    });
  });

  it('does not wait for a connection that the batch behind it holds', async () => {
    const settings = { slots: 1, capacity: 1000 };
    await withReservationFire(server, settings, async ({ proxiedUrl, openOn, proxy }) => {
      const database = await connect({ url: proxiedUrl, poolSize: 1, acquireTimeoutMs: 2000, sslMode: 'DISABLED' });
      const reservations = openOn(database, { strategy: createCombining({ mostPerBatch: 20, beginNextAt: 1 }) });
      for (const round of upTo(5)) {
        const cut = proxy.cutNext(/FOR UPDATE/, 'before', 1);
        const calls = upTo(100).map((member) => reservations.reserve(askFor(1, round * 100 + member)));
        expect(await countEnds(calls)).toEqual({ reserved: 100 });
        await cut;
      }
      await reservations.close();
      await database.close();
    });
  });
});

/** Holds both connections of `database` while `work` runs: one in a session, one in a transaction. */
async function withAllHeld(database: ReservationFire['database'], work: () => Promise<void>): Promise<void> {
  await database.session(() =>
    database.transaction(async (tx) => {
      await tx.query(LOCK);
      await work();
    }),
  );
}
