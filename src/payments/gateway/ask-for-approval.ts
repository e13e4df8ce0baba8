import { isTablepickError } from '../../errors.js';
import { unavailable } from './call-gateway.js';
import type { ApproveOutcome, GatewayPayment, PaymentGateway } from './gateway.js';
import { isNothing } from '../money.js';
import type { Payment } from '../payment-states.js';

/**
 * Asks the provider for a payment. When the provider calls the request wrong, an earlier request may still have been
 * charged, because its answer may have been lost. So the payment is looked up. When the provider does not know it, the
 * payment is cancelled there. When the amount is 0, the provider is not asked.
 *
 * @throws As {@link PaymentGateway.approve}, but always retriable: while its end is unknown, the payment stays READY.
 */
export async function askForApproval(
  gateway: PaymentGateway,
  payment: Payment,
  signal: AbortSignal,
): Promise<ApproveOutcome> {
  const { reservationId, currency, traceparent } = payment;
  const amount = Number(payment.amount);
  if (isNothing(payment)) return { kind: 'approved', providerId: '', amount, currency };
  try {
    return await gateway.approve({ reservationId, amount, currency, traceparent: traceparent ?? undefined }, signal);
  } catch (error) {
    if (!isTablepickError(error, 'GATEWAY_REFUSED')) throw error;
    return endRefused(gateway, { payment, why: error.message, signal });
  }
}

interface Refused {
  payment: Payment;
  why: string;
  signal: AbortSignal;
}

async function endRefused(gateway: PaymentGateway, refused: Refused): Promise<ApproveOutcome> {
  const { payment, why, signal } = refused;
  const { reservationId } = payment;
  try {
    const known = await gateway.find(reservationId, signal);
    if (known !== undefined) return outcomeOf(known, why);
    const { kind, providerId } = await gateway.cancel({ reservationId }, signal);
    if (kind === 'cancelled') return { kind: 'declined', providerId, reason: why };
  } catch (error) {
    if (!isTablepickError(error, 'GATEWAY_REFUSED')) throw error;
    throw unavailable(doingOf(payment), `refused, and so is the look-up: ${why}`, error);
  }
  throw unavailable(doingOf(payment), `refused, and heard of meanwhile: ${why}`);
}

function outcomeOf(known: GatewayPayment, why: string): ApproveOutcome {
  const { state, providerId, amount, currency, reason } = known;
  switch (state) {
    case 'declined':
    case 'cancelled':
      return { kind: 'declined', providerId, reason: reason ?? why };
    case 'pending':
    case 'cancelling':
      return { kind: 'pending', providerId };
    case 'approved':
    case 'cancel-refused':
      return { kind: 'approved', providerId, amount, currency };
  }
}

function doingOf({ reservationId }: Payment): string {
  return `approve reservation ${reservationId}`;
}
