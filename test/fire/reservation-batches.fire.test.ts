import { setTimeout as sleep } from 'node:timers/promises';

import { type Message, createMessage } from 'tablepick/messaging';
import { sagaEvent } from 'tablepick/payments';
import { type Reservations, createReservations } from 'tablepick/reservations';
import { type PaymentEndType, recordSaga, reservationHandlers } from 'tablepick/saga';
import { describe, expect, it } from 'vitest';

import { atLeast, breakEach, breaks, handleUntilDone, loseEach, losses } from '../support/broken-statements.js';
import { type ReservationFire, askFor, endOf, upTo, withReservationFire } from '../support/reservation-fire.js';
import { createSaid, expectSaidOnce, sayChanges } from '../support/said-changes.js';
import { testServers } from '../support/servers.js';

const scene = { slots: 4, capacity: 10_000, poolSize: 4 };

async function holdSome(reservations: Reservations, round: number): Promise<{ id: number; memberId: number }[]> {
  return Promise.all(
    upTo(12).map(async (place) => {
      const memberId = round * 100 + place;
      const holdTtlMs = place % 4 === 0 ? 1 : undefined;
      const outcome = await reservations.reserve({ ...askFor(1 + (place % 4), memberId), holdTtlMs });
      if (outcome.kind !== 'reserved') throw new Error(outcome.kind);
      return { id: outcome.reservationId, memberId };
    }),
  );
}

describe.each(testServers())('changes that come together on $name', (server) => {
  async function changeTogether(fire: ReservationFire, round: number, arm: () => void): Promise<void> {
    const direct = fire.openDirectly({ recordChanges: sayChanges });
    const reservations = fire.open({ recordChanges: sayChanges });
    const held = await holdSome(direct, round);
    await sleep(2);
    arm();
    const ends = await Promise.all(
      held.map(({ id: reservationId, memberId }, place) => {
        if ((place + 1) % 4 === 0) return endOf(reservations.expire({ reservationId }));
        if (place % 2 === 0) return endOf(reservations.confirm({ reservationId }));
        return endOf(reservations.cancel({ reservationId, memberId }));
      }),
    );
    for (const end of ends) expect(end).toMatch(/^(already-)?(confirmed|cancelled|expired)$/);
    await Promise.all([direct.close(), reservations.close()]);
  }

  it.each(breaks)(
    'may have, at any statement, %s: all is done once and everybody is answered',
    async (_, breakNext) => {
      await withReservationFire(server, scene, async (fire) => {
        await createSaid(fire.run);
        const statements = await breakEach(fire, breakNext, (round, arm) => changeTogether(fire, round, arm));
        // A transaction locks, writes both tables, records and commits.
        expect(statements).toBeGreaterThanOrEqual(atLeast(8));
        await expectSaidOnce(fire.database);
      });
    },
  );

  it.each(losses)('may have %s: all is done once and everybody is answered', async (_, lose) => {
    await withReservationFire(server, scene, async (fire) => {
      await createSaid(fire.run);
      await loseEach(fire, lose, (round, arm) => changeTogether(fire, round, arm));
      await expectSaidOnce(fire.database);
    });
  });
});

describe.each(testServers())('a batch of news of payments on $name', (server) => {
  async function hear(fire: ReservationFire, round: number, arm: () => void): Promise<void> {
    const direct = createReservations({ database: fire.database, recordChanges: recordSaga() });
    const reservations = createReservations({ database: fire.proxied, recordChanges: recordSaga() });
    const held = await holdSome(direct, round);
    await sleep(2);
    const messages = held.flatMap(({ id }, place) =>
      place % 3 === 0 ? [said('PaymentFailed', id)] : [said('PaymentSucceeded', id)],
    );
    // Too late for its hold, and given back at once.
    messages.push(said('PaymentRefunded', held[7]!.id));
    const { PaymentSucceeded: handler } = reservationHandlers({ reservations });
    arm();
    await handleUntilDone(fire.proxied, { handler, group: 'reservations' }, messages);
    await Promise.all([direct.close(), reservations.close()]);
  }

  async function expectHeardOnce({ database }: ReservationFire): Promise<void> {
    const wrong = await database.query(`SELECT r.id, r.status, r.payment_status FROM reservation r
      WHERE NOT ((r.status = 'CONFIRMED' AND r.payment_status = 'PAID')
        OR (r.status IN ('CANCELLED', 'EXPIRED') AND r.payment_status = 'FAILED')
        OR (r.status = 'EXPIRED' AND r.payment_status IN ('PAID', 'REFUNDED')
          AND EXISTS (SELECT 1 FROM compensation c WHERE c.reservation_id = r.id
            AND c.state = IF(r.payment_status = 'PAID', 'REFUND_REQUESTED', 'REFUNDED'))))`);
    expect(wrong).toEqual([]);
    const twice = await database.query(
      `SELECT aggregateid, type, COUNT(*) AS times FROM outbox GROUP BY aggregateid, type HAVING times > 1`,
    );
    expect(twice).toEqual([]);
    const steps = await database.query(`SELECT reservation_id, subject, to_state, COUNT(*) AS times
      FROM reservation_history GROUP BY reservation_id, subject, to_state HAVING times > 1`);
    expect(steps).toEqual([]);
  }

  it.each(breaks)('may have, at any statement, %s: each takes effect once', async (_, breakNext) => {
    await withReservationFire(server, scene, async (fire) => {
      const statements = await breakEach(fire, breakNext, (round, arm) => hear(fire, round, arm));
      expect(statements).toBeGreaterThanOrEqual(atLeast(10));
      await expectHeardOnce(fire);
    });
  });

  it.each(losses)('may have %s: each takes effect once', async (_, lose) => {
    await withReservationFire(server, scene, async (fire) => {
      await loseEach(fire, lose, (round, arm) => hear(fire, round, arm));
      await expectHeardOnce(fire);
    });
  });
});

function said(type: PaymentEndType, reservationId: number): Message {
  const settled = { reservationId, amount: 5000, currency: 'KRW', paymentId: `pay-${reservationId}`, reason: '' };
  return createMessage({ ...sagaEvent(type, settled), id: `${type}-${reservationId}` });
}
