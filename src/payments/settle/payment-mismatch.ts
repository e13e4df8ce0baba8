import type { Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { TablepickError } from '../../errors.js';
import { type Money, NO_CURRENCY } from '../money.js';
import type { Payment, PaymentStatus } from '../payment-states.js';

/** A payment as the provider reports it. */
export interface ToldPayment extends Money {
  /** Empty when the provider does not name the payment. */
  providerId: string;
}

/** A payment as it was requested, with the provider's name for it. */
export type AskedPayment = Pick<Payment, 'amount' | 'currency' | 'providerId'>;

/** A report that does not match its payment. */
export interface Mismatch {
  reservationId: number;
  /** The payment's, when the report came. */
  status: PaymentStatus;
  reason: string;
  actor: string;
}

const SELECT = 'SELECT reservation_id AS reservationId, status, reason FROM payment_mismatch WHERE reservation_id IN ';
const NOTE = 'INSERT INTO payment_mismatch (reservation_id, status, reason, actor, noted_at) VALUES ';
const ROW = '(?, ?, ?, ?, UTC_TIMESTAMP(6))';
const RENEW = ' ON DUPLICATE KEY UPDATE status = VALUES(status), reason = VALUES(reason)';

/**
 * How the provider's report differs from the requested payment: in amount, currency, or the provider's own name for it.
 * Undefined when all of it matches.
 */
export function mismatchOf(asked: AskedPayment, told: ToldPayment): string | undefined {
  const isOther = asked.providerId !== null && told.providerId !== '' && asked.providerId !== told.providerId;
  if (told.amount === Number(asked.amount) && told.currency === asked.currency && !isOther) return undefined;
  const of = (name: string | null): string => (isOther ? ` of ${name}` : '');
  const expected = `expected ${asked.amount} ${asked.currency}${of(asked.providerId)}`;
  return `${expected}, the provider says ${told.amount} ${told.currency}${of(told.providerId)}`;
}

/**
 * How the provider's report differs from the requested refund. A refund request names no amount. So it matches when the
 * provider does not say how much is back, or says that no money was ever taken.
 */
export function refundMismatchOf(asked: AskedPayment, { amount, currency }: Partial<Money>): string | undefined {
  if (amount === undefined || currency === undefined || (amount === 0 && currency === NO_CURRENCY)) return undefined;
  return mismatchOf(asked, { amount, currency, providerId: '' });
}

/**
 * Notes mismatches of locked payments, for reconcile. When a mismatch comes again, it is noted once. Resolves with
 * those that are new. The payments' histories are left to the caller.
 */
export async function noteMismatches(tx: Transaction, mismatches: readonly Mismatch[]): Promise<Set<Mismatch>> {
  if (mismatches.length === 0) return new Set();
  const ids = [...new Set(mismatches.map(({ reservationId }) => reservationId))];
  type Noted = Omit<Mismatch, 'actor'>;
  const noted = await tx.query<Noted>(SELECT + placeholders(ids), ids);
  const latest = new Map(noted.map((each) => [each.reservationId, each]));
  const rows = new Map<number, Mismatch>();
  const news = new Set<Mismatch>();
  for (const mismatch of mismatches) {
    const { reservationId, status, reason } = mismatch;
    const before = latest.get(reservationId);
    if (before?.status === status && before.reason === reason) continue;
    latest.set(reservationId, mismatch);
    rows.set(reservationId, { ...mismatch, actor: rows.get(reservationId)?.actor ?? mismatch.actor });
    news.add(mismatch);
  }
  await insertMismatches(tx, [...rows.values()]);
  return news;
}

async function insertMismatches(tx: Transaction, rows: readonly Mismatch[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.flatMap(({ reservationId, status, reason, actor }) => [
    reservationId,
    status,
    reason,
    actor.slice(0, 128),
  ]);
  await tx.execute(`${NOTE}${Array(rows.length).fill(ROW).join(', ')}${RENEW}`, values);
}

/** The error for a mismatch. */
export function mismatchError(reservationId: number, doing: string): TablepickError {
  const message = `${doing}: the provider says of the payment of reservation ${reservationId} what it was not asked for`;
  return new TablepickError('PAYMENT_MISMATCH', message, {
    hint: `it is not settled by that; tablepick saga show ${reservationId} and reconcile --gateway-url tell both sides, then repair it at the provider`,
  });
}
