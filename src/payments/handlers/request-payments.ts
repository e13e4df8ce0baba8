import type { Transaction } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import { type BatchContext, type BatchHandler, type Message, appendToOutbox } from '../../messaging/index.js';
import { moneyOf, sagaEvent } from '../events.js';
import { isNothing } from '../money.js';
import { type NewPayment, addPayments, lockPayments, recordPayments } from '../payment-states.js';
import { settlePayments } from '../settle/settle-payments.js';
import { actorOf } from './actor-of.js';

/**
 * Notes payments as READY and sends its own service a request for each. From here on, the payments survive any crash.
 * A payment of which the price is 0 is paid at once.
 */
export const requestPayments: BatchHandler = { name: 'request payment', handleBatch };

async function handleBatch(messages: readonly Message[], context: BatchContext): Promise<void> {
  for (const message of messages) {
    try {
      moneyOf(message);
    } catch (error) {
      context.fail(message, error);
    }
  }
  const known = { mayExist: false };
  await context.once((tx, newOnes) => request(tx, newOnes, known));
}

type Requested = NewPayment & { actor: string };

async function request(tx: Transaction, messages: readonly Message[], known: { mayExist: boolean }): Promise<void> {
  const requested = await addNew(tx, firstOfEach(messages), known);
  await recordPayments(
    tx,
    requested.map(({ reservationId, actor }) => ({
      reservationId,
      from: null,
      to: 'READY',
      reason: 'requested',
      actor,
    })),
  );
  await settlePayments(
    tx,
    requested.filter(isNothing).map(({ reservationId, actor, amount, currency }) => ({
      reservationId,
      actor,
      of: 'approval',
      outcome: { kind: 'approved', providerId: '', amount, currency },
    })),
  );
  const toAsk = requested.filter((payment) => !isNothing(payment));
  const drafts = toAsk.map(({ reservationId, amount, currency, traceparent }) =>
    sagaEvent('PaymentRequested', { reservationId, amount, currency }, traceparent),
  );
  await appendToOutbox(tx, drafts);
}

/** Of several messages about one reservation, the first counts. */
function firstOfEach(messages: readonly Message[]): Requested[] {
  const byId = new Map<number, Requested>();
  for (const message of messages) {
    const money = moneyOf(message);
    if (byId.has(money.reservationId)) continue;
    byId.set(money.reservationId, { ...money, traceparent: message.traceparent, actor: actorOf(message) });
  }
  return [...byId.values()];
}

/**
 * Adds payments, and resolves with those that did not exist. The INSERT tells how many are new, not which. So when some
 * are not, the transaction begins anew and asks first.
 */
async function addNew(
  tx: Transaction,
  requested: readonly Requested[],
  known: { mayExist: boolean },
): Promise<readonly Requested[]> {
  const ids = requested.map(({ reservationId }) => reservationId);
  const existing = known.mayExist ? await lockPayments(tx, ids) : new Map<number, unknown>();
  const news = requested.filter(({ reservationId }) => !existing.has(reservationId));
  if (await addPayments(tx, news)) return news;
  known.mayExist = true;
  throw new TablepickError('CONFLICT', 'some payments were requested before', { retriable: true });
}
