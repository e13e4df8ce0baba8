import type { Database, SqlValue, Transaction } from '../../../database/index.js';
import { type HandlerContext, type Message, type MessageHandler, appendToOutbox } from '../../../messaging/index.js';
import { moneyOf, reservationOf, sagaEvent } from '../../../payments/events.js';
import type { PaymentGateway } from '../../../payments/index.js';

/** The payment side of the measured way that handles one message a transaction. */
export interface PaymentSteps {
  /** The payment service's own database. */
  database: Database;
  gateway: Pick<PaymentGateway, 'approve'>;
}

interface PaymentRow {
  status: string;
  amount: number;
  currency: string;
}

const SELECT = `SELECT reservation_id AS reservationId, status, amount, currency, provider_id AS providerId, reason,
  traceparent FROM payment WHERE reservation_id = ?`;
const INSERT = `INSERT INTO payment (reservation_id, amount, currency, traceparent, created_at, changed_at)
  VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
  ON DUPLICATE KEY UPDATE reservation_id = VALUES(reservation_id)`;
const STEP = `UPDATE payment SET status = ?, reason = ?, provider_id = COALESCE(?, provider_id), changed_at = UTC_TIMESTAMP(6)
  WHERE reservation_id = ? AND status = ?`;
const RECORD = `INSERT INTO payment_history (reservation_id, from_status, to_status, reason, actor, changed_at)
  VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6))`;

/**
 * The payment service's handlers as they were before batches: one message a transaction. Only the steps of a payment
 * that is approved at once are here, because nothing else happens in the measurement.
 */
export function paymentSteps(steps: PaymentSteps): Record<string, MessageHandler> {
  return {
    ReservationCreated: { name: 'request payment', handle: requestPayment },
    PaymentRequested: { name: 'approve payment', handle: (message, context) => approve(steps, message, context) },
  };
}

async function requestPayment(message: Message, { once }: HandlerContext): Promise<void> {
  const money = moneyOf(message);
  const { reservationId, amount, currency } = money;
  await once(async (tx) => {
    const values = [reservationId, amount, currency, message.traceparent ?? null];
    const { affectedRows } = await tx.execute(INSERT, values);
    if (affectedRows === 0) return;
    await tx.execute(RECORD, [reservationId, null, 'READY', 'requested', actorOf(message)]);
    await appendToOutbox(tx, [sagaEvent('PaymentRequested', money, message.traceparent)]);
  });
}

async function approve(
  { database, gateway }: PaymentSteps,
  message: Message,
  { signal, noteHandled }: HandlerContext,
): Promise<void> {
  const { reservationId } = reservationOf(message);
  const [payment] = await database.query<PaymentRow>(SELECT, [reservationId]);
  if (payment?.status !== 'READY') return;
  const { amount, currency } = payment;
  const outcome = await gateway.approve({ reservationId, amount: Number(amount), currency }, signal);
  if (outcome.kind !== 'approved') throw new Error(`payment ${reservationId} is ${outcome.kind}`);
  await database.transaction(async (tx) => {
    await pay(tx, message, outcome.providerId);
    await noteHandled(tx);
  });
}

async function pay(tx: Transaction, message: Message, providerId: string): Promise<void> {
  const { reservationId } = reservationOf(message);
  const [payment] = await tx.query<PaymentRow>(`${SELECT} FOR UPDATE`, [reservationId]);
  if (payment?.status !== 'READY') return;
  const step: SqlValue[] = ['PAID', '', providerId, reservationId, 'READY'];
  await tx.execute(STEP, step);
  await tx.execute(RECORD, [reservationId, 'READY', 'PAID', '', actorOf(message)]);
  const { amount, currency } = payment;
  const settled = { reservationId, amount: Number(amount), currency, paymentId: providerId, reason: '' };
  await appendToOutbox(tx, [sagaEvent('PaymentSucceeded', settled, message.traceparent)]);
}

function actorOf({ type, id }: Message): string {
  return `${type} ${id}`;
}
