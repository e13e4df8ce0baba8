import type { Database, Transaction } from '../database/index.js';
import { TablepickError } from '../errors.js';
import type { GatewayPayment } from './gateway.js';
import type { Money } from './money.js';
import type { PaymentStatus } from './payment-states.js';
import { type SettleResult, settleApproval, settleRefund } from './settle-payment.js';

/** A payment that was looked up. */
export interface LookedUpPayment extends Money {
  reservationId: number;
  status: PaymentStatus;
}

/**
 * Applies what the provider says of a payment that is under way, or whose refund has failed; false when that changes nothing.
 *
 * @throws `BAD_AMOUNT`, with nothing written, when the provider has taken another amount.
 */
export async function settleFound(
  database: Database,
  payment: LookedUpPayment,
  found: GatewayPayment,
): Promise<boolean> {
  const settle = payment.status === 'READY' ? settleFoundApproval : settleFoundRefund;
  return (await database.transaction((tx) => settle(tx, payment, found))) === 'settled';
}

/** One that was not given back is approved: its money is taken. */
async function settleFoundApproval(
  tx: Transaction,
  payment: LookedUpPayment,
  { providerId, state, reason = '', amount, currency }: GatewayPayment,
): Promise<SettleResult> {
  const teller = tellerOf(payment, providerId);
  switch (state) {
    case 'approved':
    case 'cancel-refused':
      checkAmount(payment, { amount, currency });
      return settleApproval(tx, teller, { kind: 'approved', providerId });
    case 'declined':
    case 'cancelled':
      return settleApproval(tx, teller, { kind: 'declined', providerId, reason });
    case 'pending':
    case 'cancelling':
      return 'unchanged';
  }
}

async function settleFoundRefund(
  tx: Transaction,
  payment: LookedUpPayment,
  { providerId, state, reason = '' }: GatewayPayment,
): Promise<SettleResult> {
  const teller = tellerOf(payment, providerId);
  if (state === 'cancelled') return settleRefund(tx, teller, { kind: 'cancelled', providerId });
  if (state === 'cancel-refused') return settleRefund(tx, teller, { kind: 'refused', providerId, reason });
  return 'unchanged';
}

function tellerOf({ reservationId }: LookedUpPayment, providerId: string): { reservationId: number; actor: string } {
  return { reservationId, actor: `look-up of ${providerId}` };
}

function checkAmount({ reservationId, amount, currency }: LookedUpPayment, taken: Money): void {
  if (Number(amount) === taken.amount && currency === taken.currency) return;
  const message = `the provider has taken ${taken.amount} ${taken.currency} for reservation ${reservationId}, not ${amount} ${currency}`;
  throw new TablepickError('BAD_AMOUNT', message, {
    hint: 'compare both: nothing is done with this payment until then',
  });
}
