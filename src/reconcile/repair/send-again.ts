import type { Transaction } from '../../database/index.js';
import { appendToOutbox } from '../../messaging/index.js';
import { sagaEvent } from '../../payments/index.js';
import { requestRefund } from '../../saga/compensation.js';
import { type HistoryStep, historyStatement } from '../../saga/history.js';
import { readCreated } from '../facts/read-created.js';
import { RECONCILER } from '../facts/read-facts.js';
import type { RepairEnd, ReconcileContext } from './repair.js';
import { readStoredPayment } from '../facts/stored-payment.js';

const IS_OLD = 'changed_at <= UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND';

// Compare and set: after a request, the row is young. A second run, or one that comes soon, requests nothing.
const TOUCH_PAYMENT = `UPDATE payment SET changed_at = UTC_TIMESTAMP(6) WHERE reservation_id = ? AND status = 'READY' AND ${IS_OLD}`;
const TOUCH_COMPENSATION = `UPDATE compensation SET attempts = attempts + 1, changed_at = UTC_TIMESTAMP(6)
  WHERE reservation_id = ? AND state = 'REFUND_REQUESTED' AND ${IS_OLD}`;
const RECORD_PAYMENT = `INSERT INTO payment_history (reservation_id, from_status, to_status, reason, actor, changed_at)
  VALUES (?, 'READY', 'READY', 'asked for again', '${RECONCILER}', UTC_TIMESTAMP(6))`;
const READ_REASON = 'SELECT reason FROM compensation WHERE reservation_id = ?';
const LOCK_LIVE = `SELECT 1 AS found FROM {reservation} FORCE INDEX (PRIMARY)
  WHERE {reservation.id} = ? AND {reservation.status} IN ('PENDING', 'CONFIRMED') FOR UPDATE`;
const JUST_ASKED = `SELECT 1 AS found FROM reservation_history WHERE reservation_id = ? AND actor = '${RECONCILER}'
  AND changed_at > UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND LIMIT 1`;

/** Lets the payment service ask the provider again. */
export function askForApproval(context: ReconcileContext, reservationId: number): Promise<RepairEnd> {
  const { paymentDatabase, olderThanMs, signal } = context;
  const append = async (tx: Transaction): Promise<RepairEnd> => {
    const { affectedRows } = await tx.execute(TOUCH_PAYMENT, [reservationId, olderThanMs]);
    const payment = affectedRows === 0 ? undefined : await readStoredPayment(tx, reservationId);
    if (payment === undefined) return 'gone';
    await tx.execute(RECORD_PAYMENT, [reservationId]);
    const { amount, currency, traceparent } = payment;
    const event = sagaEvent('PaymentRequested', { reservationId, amount, currency }, traceparent ?? undefined);
    await appendToOutbox(tx, [{ ...event, attempt: 2 }]);
    return 'done';
  };
  return paymentDatabase.transaction(append, { signal });
}

/** Requests a refund that nobody has requested. */
export function requestFirstRefund(context: ReconcileContext, reservationId: number): Promise<RepairEnd> {
  const reason = 'paid and not held';
  const append = async (tx: Transaction): Promise<RepairEnd> => {
    if (!(await requestRefund(tx, { reservationId, reason, actor: RECONCILER }))) return 'gone';
    await appendToOutbox(tx, [sagaEvent('RefundRequested', { reservationId, reason })]);
    return 'done';
  };
  return context.reservationDatabase.transaction(append, { signal: context.signal });
}

/** Requests a refund again when it has not ended. */
export function requestRefundAgain(context: ReconcileContext, reservationId: number): Promise<RepairEnd> {
  const { reservationDatabase, olderThanMs, signal } = context;
  const append = async (tx: Transaction): Promise<RepairEnd> => {
    const { affectedRows } = await tx.execute(TOUCH_COMPENSATION, [reservationId, olderThanMs]);
    if (affectedRows === 0) return 'gone';
    const [asked] = await tx.query<{ reason: string }>(READ_REASON, [reservationId]);
    const [from, to] = ['REFUND_REQUESTED', 'REFUND_REQUESTED'];
    await record(tx, { reservationId, subject: 'compensation', from, to, reason: 'requested again' });
    const event = sagaEvent('RefundRequested', { reservationId, reason: asked?.reason ?? '' });
    await appendToOutbox(tx, [{ ...event, attempt: 2 }]);
    return 'done';
  };
  return reservationDatabase.transaction(append, { signal });
}

/** Asks the payment service for a payment that it does not have. */
export async function askForPayment(context: ReconcileContext, reservationId: number): Promise<RepairEnd> {
  const { reservationDatabase, olderThanMs, signal } = context;
  const event = await readCreated(reservationDatabase, reservationId, context.pricing);
  if (event === undefined) return 'gone';
  if (event === 'no-price')
    return { left: 'its price is not known any more: redrive its dead letter, or name a pricing' };
  const append = async (tx: Transaction): Promise<RepairEnd> => {
    const [live] = await tx.query(LOCK_LIVE, [reservationId]);
    const [asked] = live === undefined ? [] : await tx.query(JUST_ASKED, [reservationId, olderThanMs]);
    if (live === undefined || asked !== undefined) return 'gone';
    await record(tx, { reservationId, subject: 'payment', from: null, to: 'REQUESTED', reason: 'asked for again' });
    await appendToOutbox(tx, [{ ...event, attempt: 2 }]);
    return 'done';
  };
  return reservationDatabase.transaction(append, { signal });
}

async function record(tx: Transaction, step: Omit<HistoryStep, 'actor'>): Promise<void> {
  const { sql, values } = historyStatement([{ ...step, actor: RECONCILER }]);
  await tx.execute(sql, values);
}
