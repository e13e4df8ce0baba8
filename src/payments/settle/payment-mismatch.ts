import type { Transaction } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import { type Money, NO_CURRENCY } from '../money.js';
import { type Payment, recordPayment } from '../payment-states.js';

/** A payment as the provider reports it. */
export interface ToldPayment extends Money {
  /** Empty when the provider does not name the payment. */
  providerId: string;
}

/** A payment as it was requested, with the provider's name for it. */
export type AskedPayment = Pick<Payment, 'amount' | 'currency' | 'providerId'>;

const NOTE = `INSERT INTO payment_mismatch (reservation_id, status, reason, actor, noted_at) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6))
  ON DUPLICATE KEY UPDATE status = VALUES(status), reason = VALUES(reason)`;

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
 * Notes a mismatch, for reconcile and the payment's history. The payment stays as it is. When the same mismatch comes
 * again, it is noted once.
 */
export async function noteMismatch(
  tx: Transaction,
  { reservationId, status }: Payment,
  { reason, actor }: { reason: string; actor: string },
): Promise<void> {
  const text = reason.slice(0, 255);
  const { affectedRows } = await tx.execute(NOTE, [reservationId, status, text, actor.slice(0, 128)]);
  if (affectedRows === 0) return;
  await recordPayment(tx, { reservationId, from: status, to: status, reason: `mismatch: ${text}`, actor });
}

/** The error for a mismatch. */
export function mismatchError(reservationId: number, doing: string): TablepickError {
  const message = `${doing}: the provider says of the payment of reservation ${reservationId} what it was not asked for`;
  return new TablepickError('PAYMENT_MISMATCH', message, {
    hint: `it is not settled by that; tablepick saga show ${reservationId} and reconcile --gateway-url tell both sides, then repair it at the provider`,
  });
}
