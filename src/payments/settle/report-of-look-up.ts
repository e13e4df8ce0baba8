import type { GatewayPayment } from '../gateway/gateway.js';
import type { PaymentStatus } from '../payment-states.js';
import type { Report } from './decide-report.js';

/**
 * The report in what the provider says of a payment that is under way, or whose refund has failed. Undefined while the
 * provider has not decided it.
 */
export function reportOfLookUp(status: PaymentStatus, found: GatewayPayment): Report | undefined {
  return status === 'READY' ? approvalOf(found) : refundOf(found);
}

/** When the provider refused a refund, the payment is approved, because its money is taken. */
function approvalOf(found: GatewayPayment): Report | undefined {
  const { providerId, state, reason = '', amount, currency } = found;
  const report = { ...reporterOf(found), of: 'approval' } as const;
  switch (state) {
    case 'approved':
    case 'cancel-refused':
      return { ...report, outcome: { kind: 'approved', providerId, amount, currency } };
    case 'declined':
    case 'cancelled':
      return { ...report, outcome: { kind: 'declined', providerId, reason } };
    case 'pending':
    case 'cancelling':
      return undefined;
  }
}

function refundOf(found: GatewayPayment): Report | undefined {
  const { providerId, state, reason = '', amount, currency } = found;
  const report = { ...reporterOf(found), of: 'refund' } as const;
  if (state === 'cancelled') return { ...report, outcome: { kind: 'cancelled', providerId, amount, currency } };
  return state === 'cancel-refused' ? { ...report, outcome: { kind: 'refused', providerId, reason } } : undefined;
}

function reporterOf({ reservationId, providerId }: GatewayPayment): Pick<Report, 'reservationId' | 'actor'> {
  return { reservationId, actor: `look-up of ${providerId}` };
}
