import type { Database, SqlValue, Transaction } from '../database/index.js';
import { placeholders } from '../database/placeholders.js';
import { type SqlPart, valueById } from '../database/value-by-id.js';
import type { Money } from './money.js';

/*
 *            approved          refund asked for        money is back
 *   READY ──────────────► PAID ─────────────► REFUNDING ───────────► REFUNDED
 *     │                                        ▲  ▲   │                 ▲
 *     │ declined, or never begun               │  │   │ the provider    │ money is back
 *     │                                        │  │   │ refuses, or     │ after all
 *     │                                        │  │   ▼ stays silent    │
 *     └──────────────► FAILED ─────────────────┘  └─ REFUND_FAILED ─────┘
 *                        approved after all        asked for again
 */

/**
 * The states of a payment. When a payment is pending at the provider, it is READY. When a refund is pending there, it
 * is REFUNDING.
 */
export type PaymentStatus = 'READY' | 'PAID' | 'FAILED' | 'REFUNDING' | 'REFUNDED' | 'REFUND_FAILED';

const MAY_BECOME: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  READY: ['PAID', 'FAILED'],
  PAID: ['REFUNDING'],
  FAILED: ['REFUNDING'],
  REFUNDING: ['REFUNDED', 'REFUND_FAILED'],
  REFUNDED: [],
  REFUND_FAILED: ['REFUNDING', 'REFUNDED'],
};

/** A payment as its row has it. */
export interface Payment extends Money {
  reservationId: number;
  status: PaymentStatus;
  providerId: string | null;
  reason: string | null;
  traceparent: string | null;
}

/** A line of a payment's history. Where the states are the same, it is a report that changed no state. */
export interface PaymentRecord {
  reservationId: number;
  /** Null before the payment was requested. */
  from: PaymentStatus | null;
  to: PaymentStatus;
  reason: string;
  /** A message, a callback, a job or an operator: "message 1f0c…", "callback". */
  actor: string;
}

/** A payment that was read under its lock, and what it becomes. */
export interface PaymentChange {
  before: Payment;
  after: Payment;
}

const COLUMNS = `reservation_id AS reservationId, status, amount, currency, provider_id AS providerId, reason, traceparent`;
const SELECT = `SELECT ${COLUMNS} FROM payment WHERE reservation_id = ?`;
// The primary key is forced, because the optimizer would scan a small table and lock rows that nobody named.
const SELECT_MANY = `SELECT ${COLUMNS} FROM payment FORCE INDEX (PRIMARY) WHERE reservation_id IN `;
const INSERT = 'INSERT INTO payment (reservation_id, amount, currency, traceparent, created_at, changed_at) VALUES ';
const ROW = '(?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))';
const KEEP = ' ON DUPLICATE KEY UPDATE reservation_id = VALUES(reservation_id)';
const UPDATE = 'UPDATE payment FORCE INDEX (PRIMARY) SET changed_at = UTC_TIMESTAMP(6)';
const REMEMBER_PROVIDER =
  'UPDATE payment SET provider_id = ?, changed_at = UTC_TIMESTAMP(6) WHERE reservation_id = ? AND status = ?';
const RECORD =
  'INSERT INTO payment_history (reservation_id, from_status, to_status, reason, actor, changed_at) VALUES ';
const RECORD_ROW = '(?, ?, ?, ?, ?, UTC_TIMESTAMP(6))';

/** The payment of a reservation; undefined when there is none. In a transaction, `lock` keeps it until the end. */
export async function readPayment(
  session: Pick<Database, 'query'>,
  reservationId: number,
  { lock = false, signal }: { lock?: boolean; signal?: AbortSignal } = {},
): Promise<Payment | undefined> {
  const sql = lock ? `${SELECT} FOR UPDATE` : SELECT;
  const [payment] = await session.query<Payment>(sql, [reservationId], { signal });
  return payment;
}

/** The payments of reservations, by id. Those that do not exist are left out. */
export async function readPayments(
  session: Pick<Database, 'query'>,
  reservationIds: readonly number[],
): Promise<Map<number, Payment>> {
  const ids = [...new Set(reservationIds)];
  return ids.length === 0 ? new Map() : byId(await session.query<Payment>(SELECT_MANY + placeholders(ids), ids));
}

/** As {@link readPayments}, and keeps them locked until the end of the transaction. They are locked in their order. */
export async function lockPayments(tx: Transaction, reservationIds: readonly number[]): Promise<Map<number, Payment>> {
  const ids = [...new Set(reservationIds)];
  if (ids.length === 0) return new Map();
  const sql = `${SELECT_MANY}${placeholders(ids)} ORDER BY reservation_id FOR UPDATE`;
  return byId(await tx.query<Payment>(sql, ids));
}

function byId(payments: readonly Payment[]): Map<number, Payment> {
  return new Map(payments.map((payment) => [payment.reservationId, payment]));
}

/** A payment to be noted. */
export type NewPayment = Money & { reservationId: number; traceparent?: string | undefined };

/** Notes payments of distinct reservations as READY, without history. False when one of them exists already. */
export async function addPayments(tx: Transaction, payments: readonly NewPayment[]): Promise<boolean> {
  if (payments.length === 0) return true;
  const values = payments
    .toSorted((one, other) => one.reservationId - other.reservationId)
    .flatMap(({ reservationId, amount, currency, traceparent }) => [
      reservationId,
      amount,
      currency,
      traceparent ?? null,
    ]);
  const rows = Array(payments.length).fill(ROW).join(', ');
  const { affectedRows } = await tx.execute(`${INSERT}${rows}${KEEP}`, values);
  return affectedRows === payments.length;
}

/** The payment after a step. Without a name of the provider, it keeps its name. */
export function stepPayment(
  payment: Payment,
  { to, reason, providerId }: { to: PaymentStatus; reason: string; providerId?: string | undefined },
): Payment {
  if (!MAY_BECOME[payment.status].includes(to)) throw new Error(`a payment never goes from ${payment.status} to ${to}`);
  return { ...payment, status: to, reason: reason.slice(0, 255), providerId: providerId || payment.providerId };
}

/**
 * Writes locked payments as they have become, in one statement.
 *
 * @throws When not every payment was still as it was read under its lock, which is a bug.
 */
export async function writePayments(tx: Transaction, changes: readonly PaymentChange[]): Promise<void> {
  if (changes.length === 0) return;
  const valuesOf = (valueOf: (change: PaymentChange) => SqlValue): SqlPart =>
    valueById(
      'reservation_id',
      changes.map((change) => [change.before.reservationId, valueOf(change)]),
    );
  const name = valuesOf(({ after }) => after.providerId);
  const reason = valuesOf(({ after }) => after.reason);
  const status = valuesOf(({ after }) => after.status);
  const from = valuesOf(({ before }) => before.status);
  const ids = changes.map(({ before }) => before.reservationId);
  const { affectedRows } = await tx.execute(
    `${UPDATE}, provider_id = ${name.sql}, reason = ${reason.sql}, status = ${status.sql}
     WHERE reservation_id IN ${placeholders(ids)} AND status = ${from.sql}`,
    [...name.values, ...reason.values, ...status.values, ...ids, ...from.values],
  );
  if (affectedRows !== changes.length) throw new Error(`${affectedRows} of ${changes.length} locked payments changed`);
}

/** Writes lines into the payments' histories, in one statement. */
export async function recordPayments(tx: Transaction, records: readonly PaymentRecord[]): Promise<void> {
  if (records.length === 0) return;
  const values = records.flatMap(({ reservationId, from, to, reason, actor }) => [
    reservationId,
    from,
    to,
    reason.slice(0, 255),
    actor.slice(0, 128),
  ]);
  await tx.execute(RECORD + Array(records.length).fill(RECORD_ROW).join(', '), values);
}

/** Notes the provider's name of a payment that it has accepted and not settled. */
export async function rememberProvider(
  tx: Transaction,
  { reservationId, status, providerId }: { reservationId: number; status: PaymentStatus; providerId: string },
): Promise<void> {
  await tx.execute(REMEMBER_PROVIDER, [providerId, reservationId, status]);
}
