import { TablepickError } from 'tablepick';
import { migrate } from 'tablepick/database';
import { type Message, createMessage } from 'tablepick/messaging';
import { type PaymentGateway, paymentHandlers, receiveCallback, sagaEvent, signCallback } from 'tablepick/payments';
import { describe, expect, it } from 'vitest';

import {
  type Break,
  atLeast,
  breakEach,
  breaks,
  handleUntilDone,
  loseEach,
  losses,
} from '../support/broken-statements.js';
import { messageOf, saidOf } from '../support/payment-scene.js';
import { type ReservationFire, upTo, withReservationFire } from '../support/reservation-fire.js';
import { testServers } from '../support/servers.js';

const AMOUNT = 10_000;
const scene = { slots: 1, capacity: 1, poolSize: 4 };

/** A provider that takes money once a payment. Every third is declined, every fifth is pending until it calls back. */
function createProvider(): PaymentGateway & { taken: Map<number, number> } {
  const taken = new Map<number, number>();
  const named = (reservationId: number) => ({ providerId: `pay_${reservationId}` });
  return {
    taken,
    approve: ({ reservationId, amount }) => {
      if (reservationId % 3 === 0) return Promise.resolve({ kind: 'declined', ...named(reservationId), reason: 'no' });
      taken.set(reservationId, amount);
      if (reservationId % 5 === 0) return Promise.resolve({ kind: 'pending', ...named(reservationId) });
      return Promise.resolve({ kind: 'approved', ...named(reservationId), amount, currency: 'KRW' });
    },
    cancel: ({ reservationId }) => {
      taken.set(reservationId, 0);
      return Promise.resolve({ kind: 'cancelled', ...named(reservationId), amount: AMOUNT, currency: 'KRW' });
    },
    find: () => Promise.reject(new TablepickError('GATEWAY_UNAVAILABLE', 'it is not asked here')),
  };
}

function created(reservationId: number): Message {
  const of = { restaurantId: 1, memberId: reservationId, partySize: 2, slotIds: [1] };
  return createMessage(sagaEvent('ReservationCreated', { reservationId, amount: AMOUNT, currency: 'KRW', ...of }));
}

/**
 * Twelve payments: requested, approved or declined or pending, told of by callbacks, every fourth given back. `before`
 * is called before each of these four.
 */
async function pay(
  { proxied }: ReservationFire,
  provider: PaymentGateway,
  { round, before }: { round: number; before: (part: number) => unknown },
): Promise<void> {
  const ids = upTo(12).map((place) => round * 100 + place);
  const handlers = paymentHandlers({ database: proxied, gateway: provider });
  const handle = (type: string, messages: readonly Message[]) =>
    handleUntilDone(proxied, { handler: handlers[type]!, group: 'payments' }, messages);
  before(0);
  await handle('ReservationCreated', ids.map(created));
  before(1);
  await handle(
    'PaymentRequested',
    ids.map((id) => messageOf('PaymentRequested', id)),
  );
  before(2);
  await Promise.all(ids.filter(isPending).map((id) => callBack(proxied, id)));
  before(3);
  await handle(
    'RefundRequested',
    ids.filter(isGivenBack).map((id) => messageOf('RefundRequested', id)),
  );
}

const isPending = (id: number): boolean => id % 3 !== 0 && id % 5 === 0;
const isGivenBack = (id: number): boolean => id % 4 === 0;

/** A provider calls back until it is answered, at most a hundred times. */
async function callBack(database: ReservationFire['proxied'], id: number, left = 100): Promise<void> {
  const body = JSON.stringify({ kind: 'payment', ...saidOf(id, 'approved', AMOUNT) });
  const received = { body, signature: signCallback(body, 's', new Date()) };
  try {
    await receiveCallback({ database, secret: 's' }, received);
  } catch (error) {
    if (left === 0) throw error;
    await callBack(database, id, left - 1);
  }
}

function expectedOf(id: number): { status: string; told: string } {
  if (id % 3 === 0)
    return { status: 'FAILED', told: `PaymentRequested,PaymentFailed${isGivenBack(id) ? ',PaymentRefunded' : ''}` };
  if (isGivenBack(id)) return { status: 'REFUNDED', told: 'PaymentRequested,PaymentSucceeded,PaymentRefunded' };
  return { status: 'PAID', told: 'PaymentRequested,PaymentSucceeded' };
}

/** Each payment has ended as the provider says, each step is in the history once, and each was told of once. */
async function expectPaidOnce({ database }: ReservationFire, taken: ReadonlyMap<number, number>): Promise<void> {
  const payments = await database.query<{ id: number; status: string; told: string; money: number }>(
    `SELECT p.reservation_id AS id, p.status, IF(p.status = 'PAID', p.amount, 0) AS money,
       (SELECT GROUP_CONCAT(o.type ORDER BY o.seq) FROM outbox o WHERE o.aggregateid = p.reservation_id) AS told
     FROM payment p`,
  );
  expect(payments.length).toBeGreaterThanOrEqual(12);
  const wrong = payments.filter(({ id, status, told, money }) => {
    const expected = expectedOf(id);
    return status !== expected.status || told !== expected.told || Number(money) !== (taken.get(id) ?? 0);
  });
  expect(wrong).toEqual([]);
  const twice = `SELECT reservation_id, to_status, COUNT(*) AS times FROM payment_history
    GROUP BY reservation_id, to_status HAVING times > 1`;
  expect(await database.query(twice)).toEqual([]);
}

describe.each(testServers())('batches of payments on $name', (server) => {
  const play = (work: (fire: ReservationFire, provider: ReturnType<typeof createProvider>) => Promise<void>) =>
    withReservationFire(server, scene, async (fire) => {
      await migrate(fire.database, { owner: 'payment' });
      const provider = createProvider();
      await work(fire, provider);
      await expectPaidOnce(fire, provider.taken);
    });

  it.each(breaks)('may have, at any statement, %s: each is settled once', async (_, breakNext: Break) => {
    await play(async (fire, provider) => {
      const statements = await breakEach(fire, breakNext, (round, arm) =>
        pay(fire, provider, { round, before: (part) => part === 0 && arm() }),
      );
      expect(statements).toBeGreaterThanOrEqual(atLeast(20));
    });
  });

  it.each(losses)('may have %s: each is settled once', async (_, lose: Break) => {
    await play(async (fire, provider) => {
      await loseEach(fire, lose, (round, arm) =>
        pay(fire, provider, { round, before: (part) => part === round % 4 && arm() }),
      );
    });
  });
});
