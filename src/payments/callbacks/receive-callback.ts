import type { Database, Transaction } from '../../database/index.js';
import { requireFitOnce } from '../../database/fit/require-fit-once.js';
import { type CallbackSecret, checkCallback } from './callback-signature.js';
import { mismatchError, mismatchOf, noteMismatch } from '../settle/payment-mismatch.js';
import { readPayment } from '../payment-states.js';
import { PAYMENT_TABLES } from '../payment-tables.js';
import type { ApproveOutcome, RefundOutcome } from '../gateway/gateway.js';
import { type PaymentCallback, parseCallback } from './parse-callback.js';
import { type SettleResult, settleApproval, settleRefund } from '../settle/settle-payment.js';

/** A callback as it arrived. */
export interface ReceivedCallback {
  /** Value of the signature header. */
  signature: string | undefined;
  /** Byte for byte. */
  body: string;
}

/** The effect of a callback. `unknown-payment`: it may have come before the payment exists. */
export type CallbackResult = 'settled' | 'unchanged' | 'unknown-payment';

/**
 * Checks a payment provider's callback and applies it once, however often it comes. A callback is about a payment only
 * when it names the same amount and currency. Once the provider has named the payment, the name must be the same, too.
 * Any other callback changes nothing, and the right one is still applied later.
 *
 * @throws `BAD_SIGNATURE` or `BAD_MESSAGE`: nothing was read or written; `PAYMENT_MISMATCH`: noted for reconcile,
 * nothing else; `TABLE_UNFIT` or `MISSING_TABLE`; failures of the database: the provider is to call again.
 * @example
 * const result = await receiveCallback({ database: paymentDatabase, secret }, { signature: 't=1,v1=ab', body: '{}' });
 */
export async function receiveCallback(
  { database, secret, signal }: { database: Database; secret: CallbackSecret; signal?: AbortSignal | undefined },
  { signature, body }: ReceivedCallback,
): Promise<CallbackResult> {
  checkCallback(signature, body, { secret, now: new Date() });
  const callback = parseCallback(body);
  const actor = `callback ${callback.providerId}`;
  await requireFitOnce(database, PAYMENT_TABLES);
  const result = await database.transaction((tx) => apply(tx, callback, actor), { signal });
  if (result === 'mismatch') throw mismatchError(callback.reservationId, 'taking a callback');
  return result;
}

async function apply(tx: Transaction, callback: PaymentCallback, actor: string): Promise<SettleResult> {
  const { reservationId } = callback;
  const payment = await readPayment(tx, reservationId, { lock: true });
  if (payment === undefined) return 'unknown-payment';
  const reason = mismatchOf(payment, callback);
  if (reason !== undefined) {
    await noteMismatch(tx, payment, { reason, actor });
    return 'mismatch';
  }
  const reporter = { reservationId, actor };
  return callback.kind === 'payment'
    ? settleApproval(tx, reporter, approvalOf(callback))
    : settleRefund(tx, reporter, refundOf(callback));
}

function approvalOf({ state, providerId, reason = '', amount, currency }: PaymentCallback): ApproveOutcome {
  return state === 'approved'
    ? { kind: 'approved', providerId, amount, currency }
    : { kind: 'declined', providerId, reason };
}

function refundOf({ state, providerId, reason = '', amount, currency }: PaymentCallback): RefundOutcome {
  return state === 'cancelled'
    ? { kind: 'cancelled', providerId, amount, currency }
    : { kind: 'refused', providerId, reason };
}
