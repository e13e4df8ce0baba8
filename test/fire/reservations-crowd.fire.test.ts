import { checkInvariants, createCombining, type LockStrategy } from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import {
  askFor,
  claimingStrategies,
  countEnds,
  endOf,
  upTo,
  withReservationFire,
} from '../support/reservation-fire.js';
import { testServers } from '../support/servers.js';

const random = fireRandom();
/** Thousands that ask Redis for one lock again and again are more than it answers in time. */
const crowdOf = (strategy: string): number => (strategy === 'redis-lock' ? 500 : isShare ? 1000 : 5000);

describe.each(testServers())('a crowd on $name', (server) => {
  describe.each(claimingStrategies)('under %s', (strategy) => {
    it('with keys and members among it twice gets each seat once', async () => {
      await withReservationFire(
        server,
        { slots: 3, capacity: 100, poolSize: 16 },
        async ({ database, openDirectly }) => {
          const reservations = openDirectly({ strategy });
          const crowd = crowdOf(strategy);
          const requests = upTo(crowd).map(() => {
            const slotId = 1 + Math.floor(random() * 3);
            const memberId = 1 + Math.floor(random() * 300);
            const key = random() < 0.5 ? 'once' : `again-${Math.floor(random() * 3)}`;
            return { ...askFor(slotId, memberId), idempotencyKey: `${slotId}-${memberId}-${key}` };
          });
          const ends = await countEnds(requests.map((request) => reservations.reserve(request)));
          const { reserved = 0, duplicate = 0, 'sold-out': soldOut = 0, ...others } = ends;
          expect(others).toEqual({});
          expect(reserved + duplicate + soldOut).toBe(crowd);
          expect(duplicate).toBeGreaterThan(0);
          const rows = await database.query<{ n: number }>('SELECT COUNT(*) AS n FROM reservation');
          expect(rows[0]?.n).toBe(300);
        },
      );
    });

    it('that asks again and again for the last seat is told that it is gone', async () => {
      await withReservationFire(server, { slots: 1, capacity: 1 }, async ({ openDirectly }) => {
        const reservations = openDirectly({ strategy });
        await reservations.reserve(askFor(1, 1));
        const sameMember = upTo(60).map((n) => ({ ...askFor(1, 2), idempotencyKey: `again-${n}` }));
        const sameKey = upTo(60).map(() => askFor(1, 3));
        const calls = [...sameMember, ...sameKey].map((request) => reservations.reserve(request));
        expect(await countEnds(calls)).toEqual({ 'sold-out': 120 });
      });
    });

    it('gets the ids that its rows have, when the server counts in threes', async () => {
      await withReservationFire(
        server,
        { slots: 2, capacity: 200, poolSize: 1 },
        async ({ proxied, open, database }) => {
          // The only connection keeps the setting.
          await proxied.transaction((tx) => tx.execute('SET SESSION auto_increment_increment = 3'));
          const reservations = open({ strategy });
          const calls = upTo(200).map((member) => reservations.reserve(askFor(1 + (member % 2), member)));
          const told = await Promise.all(calls);
          const rows = await database.query<{ id: number; member: number }>(
            'SELECT id, member_id AS member FROM reservation ORDER BY member_id',
          );
          const ids = rows.map(({ id }) => ({ kind: 'reserved', reservationId: id }));
          expect(told).toEqual(ids);
          const steps = rows.map(({ id }) => id).sort((a, b) => a - b);
          expect(steps.every((id, place) => place === 0 || id - steps[place - 1]! >= 3)).toBe(true);
        },
      );
    });

    it('shares one signal without a word on stderr', async () => {
      await withReservationFire(server, { slots: 2, capacity: 200, poolSize: 2 }, async ({ openDirectly }) => {
        const warnings: Error[] = [];
        const keep = (warning: Error) => void warnings.push(warning);
        process.on('warning', keep);
        const reservations = openDirectly({ strategy });
        const { signal } = new AbortController();
        const calls = upTo(100).map((member) => reservations.reserve(askFor(1 + (member % 2), member), { signal }));
        expect(await countEnds(calls)).toEqual({ reserved: 100 });
        process.off('warning', keep);
        expect(warnings).toEqual([]);
      });
    });

    it('while slots are deleted gets seats of those that stay', async () => {
      await withReservationFire(server, { slots: 30, capacity: 5, poolSize: 8 }, async ({ database, openDirectly }) => {
        const reservations = openDirectly({ strategy });
        const calls = upTo(300).map((member) => {
          const slotId = 1 + Math.floor(random() * 30);
          return { slotId, end: endOf(reservations.reserve(askFor(slotId, member))) };
        });
        const emptied = `DELETE FROM reservation_slot WHERE id = ? AND NOT EXISTS
          (SELECT 1 FROM reservation WHERE reservation_slot_id = reservation_slot.id)`;
        const remove = (id: number) => database.transaction((tx) => tx.execute(emptied, [id]));
        await Promise.all(upTo(30).map(remove));
        const left = await database.query<{ id: number }>('SELECT id FROM reservation_slot');
        const there = new Set(left.map(({ id }) => id));
        for (const { slotId, end } of calls) {
          expect(await end).toMatch(there.has(slotId) ? /^(reserved|sold-out)$/ : /^UNKNOWN_SLOT$/);
        }
      });
    });

    it('gets nothing of a slot whose capacity was lowered below what is booked, and destroys nothing', async () => {
      await withReservationFire(server, { slots: 1, capacity: 20 }, async ({ database, openDirectly, run }) => {
        const reservations = openDirectly({ strategy });
        const booked = await Promise.all(upTo(10).map((member) => reservations.reserve(askFor(1, member))));
        await run('UPDATE {slot} SET {slot.capacity} = 7');
        const newcomers = () => countEnds(upTo(20).map((member) => reservations.reserve(askFor(1, 100 + member))));
        expect(await newcomers()).toEqual({ 'sold-out': 20 });
        const report = await checkInvariants(database);
        expect(report).toMatchObject({ counts: { overbooked: 1 }, violations: [{ slotId: 1 }] });
        for (const [index, outcome] of booked.slice(0, 4).entries()) {
          const request = { ...(outcome as { reservationId: number }), memberId: index + 1 };
          expect(await reservations.cancel(request)).toEqual({ kind: 'cancelled' });
        }
        expect(await newcomers()).toEqual({ reserved: 1, 'sold-out': 19 });
      });
    });
  });

  it.each<[string, LockStrategy]>([
    ['one large batch', createCombining()],
    ['many small ones, two at a time', createCombining({ mostPerBatch: 20, beginNextAt: 1 })],
  ])('is served by combining in the order of arrival, in %s', async (_, strategy) => {
    await withReservationFire(server, { slots: 1, capacity: 300, poolSize: 4 }, async ({ openDirectly }) => {
      const reservations = openDirectly({ strategy });
      const ends = await Promise.all(upTo(900).map((member) => endOf(reservations.reserve(askFor(1, member)))));
      expect(ends).toEqual(upTo(900).map((member) => (member <= 300 ? 'reserved' : 'sold-out')));
    });
  });

  it('that is larger than the queue of combining is told so at once, and may come again', async () => {
    await withReservationFire(server, { slots: 1, capacity: 100 }, async ({ openDirectly }) => {
      const reservations = openDirectly({ strategy: createCombining({ mostWaiting: 30, mostPerBatch: 10 }) });
      const first = await Promise.all(upTo(100).map((member) => reservations.reserve(askFor(1, member))));
      expect(first.slice(0, 30).every(({ kind }) => kind === 'reserved')).toBe(true);
      expect(first.slice(30)).toEqual(upTo(70).map(() => ({ kind: 'contended', attempts: 0 })));
      const turnedAway = upTo(100).slice(30);
      for (const member of turnedAway) {
        expect((await reservations.reserve(askFor(1, member))).kind).toBe('reserved');
      }
    });
  });
});
