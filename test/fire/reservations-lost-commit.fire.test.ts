import type { FaultProxy } from 'tablepick/testing';
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
import { createSaid, expectSaidOnce, sayChanges } from '../support/said-changes.js';
import { testServers } from '../support/servers.js';

const random = fireRandom();
const rounds = isShare ? 1 : 20;

const cases = claimingStrategies.flatMap((strategy) =>
  (['before', 'after', 'late'] as const).map((when) => ({ strategy, when })),
);

describe.each(testServers())('a COMMIT whose answer is lost on the way from $name', (server) => {
  it.skipIf(isShare).each(cases)(
    'lost $when, is found out by $strategy: one reservation',
    async ({ strategy, when }) => {
      await withReservationFire(server, { slots: 1, capacity: 3 }, async ({ open, proxy }) => {
        const reservations = open({ strategy });
        const lost = proxy.loseNextCommit(when);
        const outcome = await reservations.reserve(askFor(1, 1));
        await lost;
        expect(outcome.kind).toBe('reserved');
        expect(await reservations.reserve(askFor(1, 1))).toEqual(outcome);
        expect(await reservations.resolve(askFor(1, 1))).toEqual(outcome);
      });
    },
  );

  it.each(cases)(
    'lost $when, while nobody can be asked, is unknown under $strategy until its key is asked',
    async ({ strategy, when }) => {
      await withReservationFire(server, { slots: 2, capacity: 3 }, async ({ open, proxy }) => {
        const reservations = open({ strategy, resolveWithinMs: 200 });
        const lost = proxy.loseNextCommit(when).then(() => cutOff(proxy));
        const calls = upTo(5).map((memberId) => reservations.reserve(askFor(1, memberId)));
        await lost;
        await Promise.any(calls.map(untilUnknown));
        proxy.refuseNew(false);
        const ends = await Promise.all(calls.map(endOf));
        const resolved = await Promise.all(
          ends.map(async (_, index) => (await reservations.resolve(askFor(1, index + 1))).kind),
        );
        for (const [index, end] of ends.entries()) {
          if (end === 'reserved') expect(resolved[index]).toBe('reserved');
          if (end === 'sold-out') expect(resolved[index]).toBe('not-reserved');
        }
        const found = resolved.filter((_, index) => ends[index] === 'unknown');
        if (when === 'before') expect(new Set(found)).toEqual(new Set(['not-reserved']));
        else expect(found).toContain('reserved');
        const again = await countEnds(upTo(5).map((memberId) => reservations.reserve(askFor(1, memberId))));
        expect(again).toEqual({ reserved: 3, 'sold-out': 2 });
      });
    },
  );

  it.each(cases)(
    'lost $when, again and again, leaves nobody without an outcome under $strategy',
    async ({ strategy, when }) => {
      await withReservationFire(
        server,
        { slots: 4, capacity: 25 * rounds - 5 },
        async ({ database, open, proxy, run }) => {
          await createSaid(run);
          const reservations = open({ strategy, recordChanges: sayChanges });
          for (let round = 1; round <= rounds; round += 1) {
            const lost = proxy.loseNextCommit(when, Math.floor(random() * 2));
            const ask = (n: number) => reservations.reserve(askFor(1 + (n % 4), round * 1000 + n));
            const calls = upTo(50).map(ask);
            // In two parts: one COMMIT may carry a whole one, and the second COMMIT may be the one that is lost.
            await Promise.any(calls);
            const ends = await countEnds([...calls, ...upTo(50).map((n) => ask(50 + n))]);
            await lost;
            const seats = round < rounds ? 100 : 80;
            expect(ends).toEqual({ reserved: seats, ...(seats < 100 ? { 'sold-out': 100 - seats } : {}) });
          }
          await expectSaidOnce(database);
        },
      );
    },
  );

  it.each(claimingStrategies)(
    'on a connection that stays open, is not waited for longer than for a statement: %s finds out',
    async (strategy) => {
      await withReservationFire(
        server,
        { slots: 4, capacity: 25, statementTimeoutMs: 1000 },
        async ({ open, proxy }) => {
          const reservations = open({ strategy });
          const ask = (n: number) => reservations.reserve(askFor(1 + (n % 4), n));
          const lost = proxy.loseNextCommit('silent', Math.floor(random() * 2));
          const calls = upTo(50).map(ask);
          await Promise.any(calls);
          expect(await countEnds([...calls, ...upTo(50).map((n) => ask(50 + n))])).toEqual({ reserved: 100 });
          await lost;
        },
      );
    },
  );

  it.each(claimingStrategies)(
    'before it was applied is not taken for applied by %s because somebody else reserved meanwhile',
    async (strategy) => {
      await withReservationFire(server, { slots: 1, capacity: 5 }, async ({ open, openDirectly, proxy }) => {
        const reservations = open({ strategy });
        // They lock nothing outside of the database, where the one who is cut off may still hold a lock.
        const others = openDirectly({ strategy: 'atomic' });
        await reservations.reserve(askFor(1, 9));
        const lost = proxy.loseNextCommit('before').then(() => cutOff(proxy));
        const calls = [1, 2].map((memberId) => reservations.reserve(askFor(1, memberId)));
        await lost;
        const theirs = await others.reserve({ ...askFor(1, 1), idempotencyKey: 'from-elsewhere' });
        proxy.refuseNew(false);
        expect(await calls[0]).toEqual({ ...theirs, kind: 'duplicate' });
        expect((await calls[1])?.kind).toBe('reserved');
      });
    },
  );
});

function cutOff(proxy: FaultProxy): void {
  proxy.refuseNew(true);
  proxy.sever();
}

async function untilUnknown(call: Promise<{ kind: string }>): Promise<void> {
  if ((await endOf(call)) !== 'unknown') throw new Error('it is known');
}
