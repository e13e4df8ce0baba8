import type { Database, Transaction } from '../database/index.js';
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

/** A step of a payment, with its reason and its actor. */
export interface PaymentStep {
  reservationId: number;
  from: PaymentStatus;
  to: PaymentStatus;
  reason: string;
  /** A message, a callback, a job or an operator: "message 1f0c…", "callback". */
  actor: string;
  /** Set when the provider named one. */
  providerId?: string | undefined;
}

const COLUMNS = `reservation_id AS reservationId, status, amount, currency, provider_id AS providerId, reason, traceparent`;
const SELECT = `SELECT ${COLUMNS} FROM payment WHERE reservation_id = ?`;
const INSERT = `INSERT INTO payment (reservation_id, amount, currency, traceparent, created_at, changed_at)
  VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
  ON DUPLICATE KEY UPDATE reservation_id = VALUES(reservation_id)`;
// Compare and set: the second writer changes nothing.
const STEP = `UPDATE payment SET status = ?, reason = ?, provider_id = COALESCE(?, provider_id), changed_at = UTC_TIMESTAMP(6)
  WHERE reservation_id = ? AND status = ?`;
const REMEMBER_PROVIDER =
  'UPDATE payment SET provider_id = ?, changed_at = UTC_TIMESTAMP(6) WHERE reservation_id = ? AND status = ?';
const RECORD = `INSERT INTO payment_history (reservation_id, from_status, to_status, reason, actor, changed_at)
  VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6))`;

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

/** Notes a payment as READY; false when there is one already. */
export async function addPayment(
  tx: Transaction,
  {
    reservationId,
    amount,
    currency,
    traceparent,
    actor,
  }: Money & { reservationId: number; traceparent?: string | undefined; actor: string },
): Promise<boolean> {
  const { affectedRows } = await tx.execute(INSERT, [reservationId, amount, currency, traceparent ?? null]);
  if (affectedRows === 0) return false;
  await recordPayment(tx, { reservationId, from: null, to: 'READY', reason: 'requested', actor });
  return true;
}

/** Takes a step and records it. False when the payment is not, or no longer, in the state `from`. */
export async function stepPayment(tx: Transaction, step: PaymentStep): Promise<boolean> {
  const { reservationId, from, to, providerId } = step;
  if (!MAY_BECOME[from].includes(to)) throw new Error(`a payment never goes from ${from} to ${to}`);
  const reason = step.reason.slice(0, 255);
  const { affectedRows } = await tx.execute(STEP, [to, reason, providerId ?? null, reservationId, from]);
  if (affectedRows === 0) return false;
  await recordPayment(tx, step);
  return true;
}

/** Writes a step, or a report that changes no state, into the payment's history. */
export async function recordPayment(
  tx: Transaction,
  { reservationId, from, to, reason, actor }: Omit<PaymentStep, 'from'> & { from: PaymentStatus | null },
): Promise<void> {
  await tx.execute(RECORD, [reservationId, from, to, reason.slice(0, 255), actor.slice(0, 128)]);
}

/** Notes the provider's name of a payment that it has accepted and not settled. */
export async function rememberProvider(
  tx: Transaction,
  { reservationId, status, providerId }: { reservationId: number; status: PaymentStatus; providerId: string },
): Promise<void> {
  await tx.execute(REMEMBER_PROVIDER, [providerId, reservationId, status]);
}
