import type { Database } from '../database/index.js';
import { type CallbackSecret, checkCallback } from './callback-signature.js';
import type { ApproveOutcome, RefundOutcome } from './gateway.js';
import { type PaymentCallback, parseCallback } from './parse-callback.js';
import { type SettleResult, settleApproval, settleRefund } from './settle-payment.js';

/** A callback as it arrived. */
export interface ReceivedCallback {
  /** Of the header that carries the signature. */
  signature: string | undefined;
  /** Byte for byte. */
  body: string;
}

/**
 * Checks what a payment provider calls back to say and applies it, once however often it is said.
 *
 * @throws `BAD_SIGNATURE` or `BAD_MESSAGE`: nothing was read or written; failures of the database: the provider is to call again.
 */
export async function receiveCallback(
  { database, secret }: { database: Database; secret: CallbackSecret },
  { signature, body }: ReceivedCallback,
): Promise<SettleResult> {
  checkCallback(signature, body, { secret, now: new Date() });
  const callback = parseCallback(body);
  const teller = { reservationId: callback.reservationId, actor: `callback ${callback.providerId}` };
  return database.transaction((tx) =>
    callback.kind === 'payment'
      ? settleApproval(tx, teller, approvalOf(callback))
      : settleRefund(tx, teller, refundOf(callback)),
  );
}

function approvalOf({ state, providerId, reason = '' }: PaymentCallback): ApproveOutcome {
  return state === 'approved' ? { kind: 'approved', providerId } : { kind: 'declined', providerId, reason };
}

function refundOf({ state, providerId, reason = '' }: PaymentCallback): RefundOutcome {
  return state === 'cancelled' ? { kind: 'cancelled', providerId } : { kind: 'refused', providerId, reason };
}
