import type { Transaction } from '../../database/index.js';
import { type HandlerContext, type Message, createMessage } from '../../messaging/index.js';
import { isHandled, noteHandled } from '../../messaging/consumer/inbox.js';
import { type PaymentSettled, paymentTopic } from '../../payments/index.js';
import { type CompensationState, reservationGroup, reservationHandlers } from '../../saga/index.js';
import { stepCompensation } from '../../saga/compensation.js';
import type { UnheardEvent } from '../facts/judge-facts.js';
import { RECONCILER } from '../facts/read-facts.js';
import type { RepairEnd, ReconcileContext } from './repair.js';
import type { StoredPayment } from '../facts/stored-payment.js';

const LOCK_OLD_COMPENSATION = `SELECT state FROM compensation
  WHERE reservation_id = ? AND changed_at <= UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND FOR UPDATE`;

/** The state of a compensation after its refund has ended, and the states from which it may come. */
const ENDINGS: Partial<Record<UnheardEvent, { to: CompensationState; from: readonly CompensationState[] }>> = {
  PaymentRefunded: { to: 'REFUNDED', from: ['REFUND_REQUESTED', 'COMPENSATION_FAILED'] },
  RefundFailed: { to: 'COMPENSATION_FAILED', from: ['REFUND_REQUESTED'] },
};

/** Applies the payment's state to the reservation side, by the handler of the message that was not heard. */
export async function hearPayment(
  context: ReconcileContext,
  payment: StoredPayment,
  event: UnheardEvent,
): Promise<RepairEnd> {
  const message = messageOf(payment, event);
  const isFirst = await handleOnce(context, message, event);
  const isStepped = await endCompensation(context, payment, event);
  return isFirst || isStepped ? 'done' : 'gone';
}

/** All reconciliations give it the same id. When the payment has changed, the id differs. */
function messageOf(payment: StoredPayment, event: UnheardEvent): Message<PaymentSettled> {
  const { reservationId, status, amount, currency, providerId, reason, traceparent, changedAt } = payment;
  const id = `${RECONCILER}-${reservationId}-${status}-${changedAt.replaceAll(/\D/g, '')}`.slice(0, 64);
  const data = { reservationId, amount, currency, paymentId: providerId, reason: reason ?? '' };
  const key = String(reservationId);
  return createMessage({ id, type: event, key, aggregate: paymentTopic, traceparent: traceparent ?? undefined, data });
}

/** True when it had not been handled before. */
async function handleOnce(context: ReconcileContext, message: Message, event: UnheardEvent): Promise<boolean> {
  const { reservationDatabase: database, reservations, signal = new AbortController().signal } = context;
  let isFirst = false;
  const note: HandlerContext['noteHandled'] = async (tx) => {
    const isNew = await noteHandled(tx, reservationGroup, message.id);
    if (isNew) tx.afterCommit(() => void (isFirst = true));
    return isNew;
  };
  await reservationHandlers({ database, reservations })[event]?.handle(message, {
    group: reservationGroup,
    attempt: 1,
    isLastAttempt: false,
    signal,
    noteHandled: note,
    isHandled: () => isHandled(database, reservationGroup, message.id),
    once: (work) => database.transaction(async (tx) => ((await note(tx)) ? work(tx) : undefined)),
  });
  return isFirst;
}

/** Ends a compensation when its end was heard but not applied, because an earlier end had been applied. */
async function endCompensation(
  { reservationDatabase, olderThanMs, signal }: ReconcileContext,
  { reservationId, reason }: StoredPayment,
  event: UnheardEvent,
): Promise<boolean> {
  const ending = ENDINGS[event];
  if (ending === undefined) return false;
  const step = { reservationId, to: ending.to, reason: reason || 'as its payment says', actor: RECONCILER };
  const end = async (tx: Transaction): Promise<boolean> => {
    const values = [reservationId, olderThanMs];
    const [found] = await tx.query<{ state: CompensationState }>(LOCK_OLD_COMPENSATION, values);
    const isOpen = found !== undefined && ending.from.includes(found.state);
    return isOpen && stepCompensation(tx, { ...step, from: found.state });
  };
  return reservationDatabase.transaction(end, { signal });
}
