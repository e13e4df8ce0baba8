import type { Transaction } from '../../database/index.js';
import { type Message, createMessage, runHandler } from '../../messaging/index.js';
import { type PaymentSettled, paymentTopic } from '../../payments/index.js';
import {
  type CompensationState,
  type PaymentEndType,
  reservationGroup,
  reservationHandlers,
} from '../../saga/index.js';
import { stepCompensation } from '../../saga/compensation.js';
import { RECONCILER } from '../facts/read-facts.js';
import type { RepairEnd, ReconcileContext } from './repair.js';
import type { StoredPayment } from '../facts/stored-payment.js';

const LOCK_OLD_COMPENSATION = `SELECT state FROM compensation
  WHERE reservation_id = ? AND changed_at <= UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND FOR UPDATE`;

/** The state of a compensation after its refund has ended, and the states from which it may come. */
const ENDINGS: Partial<Record<PaymentEndType, { to: CompensationState; from: readonly CompensationState[] }>> = {
  PaymentRefunded: { to: 'REFUNDED', from: ['REFUND_REQUESTED', 'COMPENSATION_FAILED'] },
  RefundFailed: { to: 'COMPENSATION_FAILED', from: ['REFUND_REQUESTED'] },
};

/** Applies the payment's state to the reservation side, by the handler of the message that was not heard. */
export async function hearPayment(
  context: ReconcileContext,
  payment: StoredPayment,
  event: PaymentEndType,
): Promise<RepairEnd> {
  const { reservationDatabase: database, reservations, signal } = context;
  const handler = reservationHandlers({ reservations })[event];
  const isFirst = await runHandler(handler, messageOf(payment, event), { database, group: reservationGroup, signal });
  const isStepped = await endCompensation(context, payment, event);
  return isFirst || isStepped ? 'done' : 'gone';
}

/** All reconciliations give it the same id. When the payment has changed, the id differs. */
function messageOf(payment: StoredPayment, event: PaymentEndType): Message<PaymentSettled> {
  const { reservationId, status, amount, currency, providerId, reason, traceparent, changedAt } = payment;
  const id = `${RECONCILER}-${reservationId}-${status}-${changedAt.replaceAll(/\D/g, '')}`.slice(0, 64);
  const data = { reservationId, amount, currency, paymentId: providerId, reason: reason ?? '' };
  const key = String(reservationId);
  return createMessage({ id, type: event, key, aggregate: paymentTopic, traceparent: traceparent ?? undefined, data });
}

/** Ends a compensation when its end was heard but not applied, because an earlier end had been applied. */
async function endCompensation(
  { reservationDatabase, olderThanMs, signal }: ReconcileContext,
  { reservationId, reason }: StoredPayment,
  event: PaymentEndType,
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
