import { setTimeout as sleep } from 'node:timers/promises';

import { type Message, createMessage, runBatch } from 'tablepick/messaging';
import { sagaEvent } from 'tablepick/payments';
import { type Reservations, createReservations } from 'tablepick/reservations';
import { type PaymentEndType, recordSaga, reservationHandlers } from 'tablepick/saga';
import { describe, expect, it } from 'vitest';

import { fireRandom } from '../support/fire-random.js';
import { isShare } from '../support/fire-share.js';
import { type ReservationFire, askFor, endOf, upTo, withReservationFire } from '../support/reservation-fire.js';
import { createSaid, expectSaidOnce, sayChanges } from '../support/said-changes.js';
import { testServers } from '../support/servers.js';

const random = fireRandom();
/** A share breaks one statement in so many. */
const step = isShare ? 5 : 1;
const scene = { slots: 4, capacity: 10_000, poolSize: 4 };

type Break = (proxy: ReservationFire['proxy'], statement: number) => Promise<void>;

const breaks: [string, Break][] = [
  ['its connection cut before the server gets it', (proxy, statement) => proxy.cutNext(/^/, 'before', statement)],
  ['its connection cut after the server answered', (proxy, statement) => proxy.cutNext(/^/, 'after', statement)],
  ...[1205, 1213].map((errno): [string, Break] => [
    `error ${errno}`,
    (proxy, statement) => proxy.failNext(errno, /^/, statement),
  ]),
];

const losses: [string, Break][] = [
  ['its COMMIT lost before the server gets it', (proxy) => proxy.loseNextCommit('before')],
  ['the answer to its COMMIT lost', (proxy) => proxy.loseNextCommit('after')],
  ['the answer to its COMMIT lost while the server is still at work', (proxy) => proxy.loseNextCommit('late')],
];

/** Calls `batch` with each statement of it broken in turn, until there is none left to break. */
async function breakEach(
  { proxy }: Pick<ReservationFire, 'proxy'>,
  breakNext: Break,
  batch: (round: number, arm: () => void) => Promise<void>,
): Promise<number> {
  for (let statement = Math.floor(random() * step); ; statement += step) {
    let isBroken = false;
    await batch(statement + 1, () => void breakNext(proxy, statement).then(() => (isBroken = true)));
    if (!isBroken) return statement;
  }
}

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
        expect(statements).toBeGreaterThanOrEqual(step === 1 ? 8 : 5);
        await expectSaidOnce(fire.database);
      });
    },
  );

  it.each(losses)('may have %s: all is done once and everybody is answered', async (_, lose) => {
    await withReservationFire(server, scene, async (fire) => {
      await createSaid(fire.run);
      for (const round of upTo(isShare ? 2 : 10)) {
        let lost = Promise.resolve();
        await changeTogether(fire, round, () => (lost = lose(fire.proxy, 0)));
        await lost;
      }
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
    const open = new Map(messages.map((message) => [message.id, message]));
    // What the environment fails comes again, as from a consumer.
    while (open.size > 0) {
      const options = { database: fire.proxied, group: 'reservations' };
      const ends = await runBatch(handler, [...open.values()], options).catch(() => new Map<string, never>());
      for (const [id, end] of ends) if (end.kind !== 'failed') open.delete(id);
    }
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
      expect(statements).toBeGreaterThanOrEqual(step === 1 ? 10 : 5);
      await expectHeardOnce(fire);
    });
  });

  it.each(losses)('may have %s: each takes effect once', async (_, lose) => {
    await withReservationFire(server, scene, async (fire) => {
      for (const round of upTo(isShare ? 2 : 10)) {
        let lost = Promise.resolve();
        await hear(fire, round, () => (lost = lose(fire.proxy, 0)));
        await lost;
      }
      await expectHeardOnce(fire);
    });
  });
});

function said(type: PaymentEndType, reservationId: number): Message {
  const settled = { reservationId, amount: 5000, currency: 'KRW', paymentId: `pay-${reservationId}`, reason: '' };
  return createMessage({ ...sagaEvent(type, settled), id: `${type}-${reservationId}` });
}
