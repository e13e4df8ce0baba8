import type { Transaction } from '../../database/index.js';
import { appendToOutbox } from '../../messaging/index.js';
import { type SagaEventType, sagaEvent } from '../events.js';
import type { ApproveOutcome, RefundOutcome } from '../gateway/gateway.js';
import { mismatchOf, noteMismatch, refundMismatchOf } from './payment-mismatch.js';
import { type Payment, readPayment, rememberProvider, stepPayment } from '../payment-states.js';

/** The source of a report on a payment or refund, for its history. */
export interface Reporter {
  reservationId: number;
  actor: string;
}

/**
 * The effect of a report on a payment. `unchanged`: it was known, or it no longer matters. `mismatch`: the money is not
 * the requested money; this is noted, and the payment stays as it is.
 */
export type SettleResult = 'settled' | 'unchanged' | 'unknown-payment' | 'mismatch';

/**
 * Applies the provider's report on an approval, from an answer, a callback or a look-up. When a payment was given up as
 * failed and is approved later, it is refunded, so that taken money is never forgotten. Another amount, or the money of
 * another payment, makes nothing PAID.
 */
export async function settleApproval(
  tx: Transaction,
  reporter: Reporter,
  outcome: ApproveOutcome,
): Promise<SettleResult> {
  const payment = await readPayment(tx, reporter.reservationId, { lock: true });
  if (payment === undefined) return 'unknown-payment';
  const { status } = payment;
  const reason = outcome.kind === 'approved' ? mismatchOf(payment, outcome) : undefined;
  if (reason !== undefined) return noted(tx, payment, { reason, actor: reporter.actor });
  if (outcome.kind === 'approved' && status === 'READY') return step(tx, { payment, reporter, outcome }, PAID);
  if (outcome.kind === 'approved' && status === 'FAILED') return refundLate(tx, { payment, reporter, outcome });
  if (outcome.kind === 'declined' && status === 'READY') return step(tx, { payment, reporter, outcome }, FAILED);
  if (outcome.kind === 'pending' && status === 'READY') {
    await rememberProvider(tx, { reservationId: payment.reservationId, status, providerId: outcome.providerId });
  }
  return 'unchanged';
}

/**
 * Applies the provider's report on a refund, from an answer, a callback or a look-up. A pending refund is not done.
 * When all money is back, that counts even after the refund was given up as failed. A part of it does not count.
 */
export async function settleRefund(tx: Transaction, reporter: Reporter, outcome: RefundOutcome): Promise<SettleResult> {
  const payment = await readPayment(tx, reporter.reservationId, { lock: true });
  if (payment === undefined) return 'unknown-payment';
  const { status } = payment;
  const settling = { payment, reporter, outcome };
  const isOpen = status === 'REFUNDING' || status === 'REFUND_FAILED';
  const reason = isOpen && outcome.kind === 'cancelled' ? refundMismatchOf(payment, outcome) : undefined;
  if (reason !== undefined) return noted(tx, payment, { reason, actor: reporter.actor });
  if (outcome.kind === 'cancelled' && isOpen) return step(tx, settling, REFUNDED);
  if (outcome.kind === 'refused' && status === 'REFUNDING') return step(tx, settling, REFUND_FAILED);
  return 'unchanged';
}

async function noted(tx: Transaction, payment: Payment, why: { reason: string; actor: string }): Promise<'mismatch'> {
  await noteMismatch(tx, payment, why);
  return 'mismatch';
}

interface Ending {
  to: 'PAID' | 'FAILED' | 'REFUNDED' | 'REFUND_FAILED';
  event: SagaEventType & ('PaymentSucceeded' | 'PaymentFailed' | 'PaymentRefunded' | 'RefundFailed');
  reason: string;
}

const PAID: Ending = { to: 'PAID', event: 'PaymentSucceeded', reason: '' };
const FAILED: Ending = { to: 'FAILED', event: 'PaymentFailed', reason: 'declined' };
const REFUNDED: Ending = { to: 'REFUNDED', event: 'PaymentRefunded', reason: '' };
const REFUND_FAILED: Ending = { to: 'REFUND_FAILED', event: 'RefundFailed', reason: 'refused' };

interface Settling {
  payment: Payment;
  reporter: Reporter;
  outcome: { kind: string; providerId?: string; reason?: string };
}

/** Takes the step and appends its message, in one transaction. */
async function step(tx: Transaction, { payment, reporter, outcome }: Settling, ending: Ending): Promise<SettleResult> {
  const reason = outcome.reason ?? ending.reason;
  const { reservationId, status: from, amount, currency } = payment;
  const providerId = outcome.providerId || (payment.providerId ?? undefined);
  const change = { reservationId, from, to: ending.to, actor: reporter.actor, reason, providerId };
  if (!(await stepPayment(tx, change))) return 'unchanged';
  const settled = { reservationId, amount, currency, paymentId: providerId ?? null, reason };
  await appendToOutbox(tx, [sagaEvent(ending.event, settled, payment.traceparent ?? undefined)]);
  return 'settled';
}

/**
 * The service sends itself the request for the refund, because the reservation side already knows that the payment
 * failed.
 */
async function refundLate(tx: Transaction, { payment, reporter, outcome }: Settling): Promise<SettleResult> {
  const { reservationId, traceparent } = payment;
  const reason = 'approved after it was given up';
  const { providerId } = outcome;
  await stepPayment(tx, { reservationId, from: 'FAILED', to: 'REFUNDING', reason, actor: reporter.actor, providerId });
  await appendToOutbox(tx, [sagaEvent('RefundRequested', { reservationId, reason }, traceparent ?? undefined)]);
  return 'settled';
}
