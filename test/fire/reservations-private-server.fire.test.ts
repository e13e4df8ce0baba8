import { setTimeout as sleep } from 'node:timers/promises';

import { connect } from 'tablepick/database';
import type { ReservationRequest, Reservations } from 'tablepick/reservations';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { waitUntilWaiting } from '../support/open-transactions.js';
import { type PrivateServer, startPrivateServer } from '../support/private-server.js';
import { askFor, claimingStrategies, endOf, upTo, withReservationFire } from '../support/reservation-fire.js';
import { createSaid, expectSaidOnce, sayChanges } from '../support/said-changes.js';

const engines = enginesUnderFire('mysql');
const crashes = isShare ? 1 : 5;
const downMs = 300;
const atOnce = 300;
const random = fireRandom();

const LOCK_SLOT = 'SELECT id FROM reservation_slot WHERE id = ? FOR UPDATE';

describe.each(engines)('a %s of its own', (engine) => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer(engine, { serverOptions: ['--innodb-lock-wait-timeout=1'] });
  });
  afterAll(() => server?.remove());

  async function crash(): Promise<void> {
    await server.kill();
    await sleep(downMs);
    await server.start();
  }

  describe.each(claimingStrategies)('under %s', (strategy) => {
    it('killed with hundreds of requests under way loses nothing that was acknowledged', async () => {
      await withReservationFire(server, { slots: 3, capacity: 10_000 }, async ({ url, openOn, run }) => {
        await createSaid(run);
        const database = await connect({ url, poolSize: 8 });
        const reservations = openOn(database, { strategy, recordChanges: sayChanges });
        let made = await reserveAll(reservations, requestsOf(0));
        for (const round of upTo(crashes)) {
          const requests = requestsOf(round);
          const calls = requests.map((request) => reservations.reserve(request));
          const ends = Promise.all(calls.map(endOf));
          const cancelled = Promise.all(made.map((reservation) => cancelUntilTold(reservations, reservation)));
          await sleep(random() * 300);
          await crash();
          for (const [index, end] of (await ends).entries()) {
            expect(end).toMatch(/^(reserved|unknown)$/);
            const resolved = await reservations.resolve(requests[index]!);
            if (end === 'reserved') expect(resolved).toEqual(await calls[index]);
          }
          made = await reserveAll(reservations, requests);
          await cancelled;
        }
        const live = `SELECT SUM(status = 'PENDING') AS live, SUM(status = 'CANCELLED') AS cancelled FROM reservation`;
        const counts = (await database.query<Record<string, unknown>>(live))[0];
        expect([counts?.live, counts?.cancelled].map(Number)).toEqual([atOnce, atOnce * crashes]);
        await expectSaidOnce(database);
        await reservations.close();
        await database.close();
      });
    });

    it('that waits too long for the lock of one slot serves the others', async () => {
      await withReservationFire(server, { slots: 61, capacity: 100 }, async ({ database, openDirectly }) => {
        const reservations = openDirectly({ strategy, conflictRetry: { retries: 1, baseMs: 1, capMs: 1 } });
        const both = { memberId: 500, partySize: 1, idempotencyKey: 'both' };
        await database.transaction(async (tx) => {
          await tx.query(LOCK_SLOT, [1]);
          const alone = upTo(60).map((n) => endOf(reservations.reserve(askFor(n % 10 === 0 ? 1 : 1 + n, n))));
          const asOne = reservations.reserve({ ...both, slots: [{ slotId: 3 }, { slotId: 1 }] });
          expect(await endOf(asOne)).toBe('contended');
          const wanted = upTo(60).map((n) => (n % 10 === 0 ? 'contended' : 'reserved'));
          expect(await Promise.all(alone)).toEqual(wanted);
        });
        expect(await endOf(reservations.reserve(askFor(1, 10)))).toBe('reserved');
      });
    });

    it('that waits for the lock of one slot for one request keeps the others waiting no longer', async () => {
      await withReservationFire(server, { slots: 5, capacity: 100 }, async ({ database, openDirectly, url }) => {
        const reservations = openDirectly({ strategy });
        const stuck = await database.transaction(async (tx) => {
          await tx.query(LOCK_SLOT, [1]);
          const first = endOf(reservations.reserve(askFor(1, 1)));
          await waitUntilWaiting(url);
          const others = upTo(20).map((n) => endOf(reservations.reserve(askFor(2 + (n % 4), 1 + n))));
          expect(new Set(await Promise.all(others))).toEqual(new Set(['reserved']));
          return { first };
        });
        expect(await stuck.first).toMatch(/^(reserved|contended)$/);
      });
    });

    it('that makes a victim of it in a deadlock has it try again', async () => {
      await withReservationFire(server, { slots: 2, capacity: 100 }, async ({ database, openDirectly, url, run }) => {
        await run('CREATE TABLE heavy (id BIGINT AUTO_INCREMENT PRIMARY KEY) ENGINE = InnoDB');
        const reservations = openDirectly({ strategy });
        const slots = [{ slotId: 1 }, { slotId: 2 }];
        const calls = await database.transaction(async (tx) => {
          await tx.query(LOCK_SLOT, [2]);
          // The server rolls back whoever changed fewer rows.
          await tx.execute(
            `INSERT INTO heavy VALUES ${upTo(500)
              .map(() => '(NULL)')
              .join(', ')}`,
          );
          const asked = [1, 2].map((memberId) =>
            endOf(reservations.reserve({ slots, memberId, partySize: 1, idempotencyKey: `both-${memberId}` })),
          );
          await waitUntilWaiting(url);
          await tx.query(LOCK_SLOT, [1]);
          return { asked };
        });
        expect(await Promise.all(calls.asked)).toEqual(['reserved', 'reserved']);
      });
    });
  });
});

function requestsOf(round: number): ReturnType<typeof askFor>[] {
  return upTo(atOnce).map((n) => askFor(1 + (n % 3), round * 1000 + n));
}

interface Made {
  reservationId: number;
  memberId: number;
}

/** All at once; everybody gets a seat. */
async function reserveAll(reservations: Reservations, requests: readonly ReservationRequest[]): Promise<Made[]> {
  const outcomes = await Promise.all(requests.map((request) => reservations.reserve(request)));
  return outcomes.map((outcome, index) => {
    expect(outcome.kind).toBe('reserved');
    return { reservationId: (outcome as { reservationId: number }).reservationId, memberId: requests[index]!.memberId };
  });
}

/** Twice in a row an answer to COMMIT may get lost; then the caller asks again. */
async function cancelUntilTold(reservations: Reservations, made: Made): Promise<void> {
  let end = 'COMMIT_UNKNOWN';
  while (end === 'COMMIT_UNKNOWN') end = await endOf(reservations.cancel(made));
  expect(end).toMatch(/^(already-)?cancelled$/);
}
