import type { Database, Transaction } from '../../database/index.js';
import type { GatewayPayment } from '../gateway/gateway.js';
import type { Money } from '../money.js';
import { mismatchError } from './payment-mismatch.js';
import type { PaymentStatus } from '../payment-states.js';
import { type SettleResult, settleApproval, settleRefund } from './settle-payment.js';

/** A payment that was looked up. */
export interface LookedUpPayment extends Money {
  reservationId: number;
  status: PaymentStatus;
}

/**
 * Applies the provider's report on a payment that is under way, or whose refund has failed. False when it changes
 * nothing.
 *
 * @throws `PAYMENT_MISMATCH`, noted and nothing settled, when the provider has taken or given back another amount, or
 * names another payment.
 */
export async function settleFound(
  database: Database,
  payment: LookedUpPayment,
  found: GatewayPayment,
): Promise<boolean> {
  const settle = payment.status === 'READY' ? settleFoundApproval : settleFoundRefund;
  const result = await database.transaction((tx) => settle(tx, payment, found));
  if (result === 'mismatch') throw mismatchError(payment.reservationId, 'looking it up');
  return result === 'settled';
}

/** When the provider refused a refund, the payment is approved, because its money is taken. */
async function settleFoundApproval(
  tx: Transaction,
  payment: LookedUpPayment,
  { providerId, state, reason = '', amount, currency }: GatewayPayment,
): Promise<SettleResult> {
  const reporter = reporterOf(payment, providerId);
  switch (state) {
    case 'approved':
    case 'cancel-refused':
      return settleApproval(tx, reporter, { kind: 'approved', providerId, amount, currency });
    case 'declined':
    case 'cancelled':
      return settleApproval(tx, reporter, { kind: 'declined', providerId, reason });
    case 'pending':
    case 'cancelling':
      return 'unchanged';
  }
}

async function settleFoundRefund(
  tx: Transaction,
  payment: LookedUpPayment,
  { providerId, state, reason = '', amount, currency }: GatewayPayment,
): Promise<SettleResult> {
  const reporter = reporterOf(payment, providerId);
  if (state === 'cancelled') return settleRefund(tx, reporter, { kind: 'cancelled', providerId, amount, currency });
  if (state === 'cancel-refused') return settleRefund(tx, reporter, { kind: 'refused', providerId, reason });
  return 'unchanged';
}

function reporterOf({ reservationId }: LookedUpPayment, providerId: string): { reservationId: number; actor: string } {
  return { reservationId, actor: `look-up of ${providerId}` };
}
