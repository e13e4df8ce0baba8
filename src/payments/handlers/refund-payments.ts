import { CallQueue } from '../../call-queue.js';
import { isTablepickError } from '../../errors.js';
import type { BatchHandler, HandlerContext, Message } from '../../messaging/index.js';
import { reservationOf } from '../events.js';
import type { PaymentGateway, RefundOutcome } from '../gateway/gateway.js';
import { isNothing } from '../money.js';
import type { Payment } from '../payment-states.js';
import { actorOf } from './actor-of.js';
import { type BegunRefund, type RefundCall, beginRefunds } from './begin-refunds.js';
import type { PaymentHandlerOptions } from './payment-handler-options.js';
import { type Answer, settleAnswers } from './settle-answers.js';

/** Asks the provider to give money back and settles its answers. */
export function refundPayments({ database, gateway }: PaymentHandlerOptions): BatchHandler<Answer> {
  const begun = new CallQueue<RefundCall, BegunRefund>({ serve: (calls) => beginRefunds(database, calls) });
  const prepare = async (message: Message, context: HandlerContext): Promise<Answer> => {
    const { reservationId } = reservationOf(message);
    const payment = await begun.call({ message, group: context.group }, context.signal);
    if (payment === 'handled') return { kind: 'over' };
    if (payment.status !== 'REFUNDING') return { kind: 'refunded', payment };
    const outcome = await cancel(gateway, payment, context);
    return { kind: 'said', report: { reservationId, actor: actorOf(message), of: 'refund', outcome } };
  };
  return {
    name: 'refund payment',
    prepare,
    handleBatch: (messages, context) => settleAnswers(database, messages, context),
  };
}

/**
 * When the provider does not answer the last try, the refund counts as failed, and an operator asks again. When the
 * provider did it nevertheless, its callback or a look-up reports that and closes the compensation. When the amount is
 * 0, no money was taken, and the provider is not asked.
 */
async function cancel(
  gateway: PaymentGateway,
  payment: Payment,
  { signal, isLastAttempt }: HandlerContext,
): Promise<RefundOutcome> {
  const { reservationId } = payment;
  if (isNothing(payment)) return { kind: 'cancelled', providerId: '' };
  try {
    return await gateway.cancel({ reservationId }, signal);
  } catch (error) {
    const isFinal = isTablepickError(error, 'GATEWAY_REFUSED') || isLastAttempt;
    if (!isFinal || signal.aborted || !isTablepickError(error)) throw error;
    return { kind: 'refused', providerId: '', reason: error.message };
  }
}
