import { type SagaDraft, sagaEvent } from '../events.js';
import type { ApproveOutcome, RefundOutcome } from '../gateway/gateway.js';
import { type Payment, stepPayment } from '../payment-states.js';
import { type ToldPayment, mismatchOf, refundMismatchOf } from './payment-mismatch.js';

/** What the provider said of a payment or of its refund, in an answer, a callback or a look-up. */
export type Report = {
  reservationId: number;
  /** Where it comes from, for the payment's history. */
  actor: string;
  /** The payment it says it is about. When that is another one, the outcome is not read. */
  about?: ToldPayment | undefined;
} & ({ of: 'approval'; outcome: ApproveOutcome } | { of: 'refund'; outcome: RefundOutcome });

/** What a report does to its payment. */
export type Decision =
  | { kind: 'nothing' }
  /** The provider has named the payment and not settled it. */
  | { kind: 'named'; after: Payment }
  | { kind: 'step'; after: Payment; reason: string; message: SagaDraft }
  /** The money is not the requested money. The payment stays as it is. */
  | { kind: 'mismatch'; reason: string };

const NOTHING: Decision = { kind: 'nothing' };

/** Decides what a report does to a payment that is in this state. */
export function decideReport(payment: Payment, report: Report): Decision {
  const otherwise = report.about && mismatchOf(payment, report.about);
  if (otherwise !== undefined) return { kind: 'mismatch', reason: otherwise };
  return report.of === 'approval' ? decideApproval(payment, report.outcome) : decideRefund(payment, report.outcome);
}

/**
 * When a payment was given up as failed and is approved later, it is refunded, so that taken money is never forgotten.
 * Another amount, or the money of another payment, makes nothing PAID.
 */
function decideApproval(payment: Payment, outcome: ApproveOutcome): Decision {
  const { status } = payment;
  const reason = outcome.kind === 'approved' ? mismatchOf(payment, outcome) : undefined;
  if (reason !== undefined) return { kind: 'mismatch', reason };
  if (outcome.kind === 'approved' && status === 'FAILED') return refundLate(payment, outcome);
  if (status !== 'READY') return NOTHING;
  if (outcome.kind === 'approved') return step(payment, outcome, PAID);
  if (outcome.kind === 'declined') return step(payment, outcome, FAILED);
  return { kind: 'named', after: { ...payment, providerId: outcome.providerId } };
}

/**
 * A pending refund is not done. When all money is back, that counts even after the refund was given up as failed. A
 * part of it does not count.
 */
function decideRefund(payment: Payment, outcome: RefundOutcome): Decision {
  const { status } = payment;
  if (status !== 'REFUNDING' && status !== 'REFUND_FAILED') return NOTHING;
  const reason = outcome.kind === 'cancelled' ? refundMismatchOf(payment, outcome) : undefined;
  if (reason !== undefined) return { kind: 'mismatch', reason };
  if (outcome.kind === 'cancelled') return step(payment, outcome, REFUNDED);
  return outcome.kind === 'refused' && status === 'REFUNDING' ? step(payment, outcome, REFUND_FAILED) : NOTHING;
}

interface Ending {
  to: 'PAID' | 'FAILED' | 'REFUNDED' | 'REFUND_FAILED';
  event: 'PaymentSucceeded' | 'PaymentFailed' | 'PaymentRefunded' | 'RefundFailed';
  reason: string;
}

const PAID: Ending = { to: 'PAID', event: 'PaymentSucceeded', reason: '' };
const FAILED: Ending = { to: 'FAILED', event: 'PaymentFailed', reason: 'declined' };
const REFUNDED: Ending = { to: 'REFUNDED', event: 'PaymentRefunded', reason: '' };
const REFUND_FAILED: Ending = { to: 'REFUND_FAILED', event: 'RefundFailed', reason: 'refused' };

function step(
  payment: Payment,
  { providerId, reason: said }: { providerId: string; reason?: string },
  ending: Ending,
): Decision {
  const reason = said ?? ending.reason;
  const after = stepPayment(payment, { to: ending.to, reason, providerId });
  const { reservationId, amount, currency, traceparent } = payment;
  const settled = { reservationId, amount, currency, paymentId: after.providerId, reason };
  return { kind: 'step', after, reason, message: sagaEvent(ending.event, settled, traceparent ?? undefined) };
}

/**
 * The service sends itself the request for the refund, because the reservation side already knows that the payment
 * failed.
 */
function refundLate(payment: Payment, { providerId }: { providerId: string }): Decision {
  const { reservationId, traceparent } = payment;
  const reason = 'approved after it was given up';
  const after = stepPayment(payment, { to: 'REFUNDING', reason, providerId });
  const message = sagaEvent('RefundRequested', { reservationId, reason }, traceparent ?? undefined);
  return { kind: 'step', after, reason, message };
}
