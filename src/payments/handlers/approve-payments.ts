import { CallQueue } from '../../call-queue.js';
import type { BatchHandler, HandlerContext, Message } from '../../messaging/index.js';
import { reservationOf } from '../events.js';
import { askForApproval } from '../gateway/ask-for-approval.js';
import { type Payment, readPayments } from '../payment-states.js';
import { actorOf } from './actor-of.js';
import { notSettled } from './not-settled.js';
import type { PaymentHandlerOptions } from './payment-handler-options.js';
import { type Answer, settleAnswers } from './settle-answers.js';

/** Asks the provider for payments and settles its answers. */
export function approvePayments({ database, gateway }: PaymentHandlerOptions): BatchHandler<Answer> {
  const payments = new CallQueue<number, Payment | undefined>({
    serve: async (ids) => {
      const read = await readPayments(database, ids);
      return ids.map((id) => read.get(id));
    },
  });
  const prepare = async (message: Message, { signal }: HandlerContext): Promise<Answer> => {
    const { reservationId } = reservationOf(message);
    const payment = await payments.call(reservationId, signal);
    if (payment === undefined) throw notSettled(reservationId);
    if (payment.status !== 'READY') return { kind: 'over' };
    const outcome = await askForApproval(gateway, payment, signal);
    return { kind: 'said', report: { reservationId, actor: actorOf(message), of: 'approval', outcome } };
  };
  return {
    name: 'approve payment',
    prepare,
    handleBatch: (messages, context) => settleAnswers(database, messages, context),
  };
}
