import type { Database, Transaction } from '../database/index.js';
import { TablepickError, isTablepickError } from '../errors.js';
import { isHandled } from '../messaging/consumer/inbox.js';
import { type HandlerContext, type Message, type MessageHandler, appendToOutbox } from '../messaging/index.js';
import { askForApproval } from './gateway/ask-for-approval.js';
import { moneyOf, reservationOf, sagaEvent } from './events.js';
import type { RefundOutcome, PaymentGateway } from './gateway/gateway.js';
import { isNothing } from './money.js';
import { mismatchError } from './settle/payment-mismatch.js';
import { type Payment, addPayment, readPayment, stepPayment } from './payment-states.js';
import { type SettleResult, type Reporter, settleApproval, settleRefund } from './settle/settle-payment.js';

/** Settings of the payment service's handlers. */
export interface PaymentHandlerOptions {
  /** The payment service's own database. */
  database: Database;
  gateway: PaymentGateway;
}

/** The payment service's handlers by type of message. The gateway is always called outside of any transaction. */
export function paymentHandlers(options: PaymentHandlerOptions): Record<string, MessageHandler> {
  return {
    ReservationCreated: { name: 'request payment', handle: requestPayment },
    PaymentRequested: {
      name: 'approve payment',
      handle: (message, context) => approvePayment(options, message, context),
    },
    RefundRequested: { name: 'refund payment', handle: (message, context) => refundPayment(options, message, context) },
  };
}

/**
 * Notes the payment as READY and sends its own service a request for it. From here on, the payment survives any crash.
 * When the price is 0, it is paid at once.
 */
async function requestPayment(message: Message, { once }: HandlerContext): Promise<void> {
  const money = moneyOf(message);
  const { traceparent } = message;
  await once(async (tx) => {
    if (!(await addPayment(tx, { ...money, traceparent, actor: actorOf(message) }))) return;
    if (isNothing(money)) await settleApproval(tx, reporterOf(message), { kind: 'approved', providerId: '', ...money });
    else await appendToOutbox(tx, [sagaEvent('PaymentRequested', money, traceparent)]);
  });
}

async function approvePayment(
  { database, gateway }: PaymentHandlerOptions,
  message: Message,
  context: HandlerContext,
): Promise<void> {
  const { reservationId } = reservationOf(message);
  const payment = await readPayment(database, reservationId);
  if (payment === undefined) throw missing(reservationId);
  if (payment.status !== 'READY') return;
  const outcome = await askForApproval(gateway, payment, context.signal);
  await applyOutcome(database, { message, context }, (tx) => settleApproval(tx, reporterOf(message), outcome));
}

async function refundPayment(
  { database, gateway }: PaymentHandlerOptions,
  message: Message,
  context: HandlerContext,
): Promise<void> {
  const begun = await beginRefund(database, message, context);
  if (begun === 'handled') return;
  if (begun.status !== 'REFUNDING') return tellRefunded(message, context, begun);
  const outcome = await cancel(gateway, begun, context);
  await applyOutcome(database, { message, context }, (tx) => settleRefund(tx, reporterOf(message), outcome));
}

/**
 * Applies what the provider really did, even when another delivery of the message was noted meanwhile, because settling
 * compares and sets. When the provider's answer does not match the request, the message is not noted as handled and
 * becomes a dead letter. Redrive it once the cause is repaired.
 *
 * @throws `PAYMENT_MISMATCH`, not retriable.
 */
async function applyOutcome(
  database: Database,
  { message, context }: { message: Message; context: HandlerContext },
  settle: (tx: Transaction) => Promise<SettleResult>,
): Promise<void> {
  const result = await database.transaction(async (tx) => {
    const settled = await settle(tx);
    if (settled !== 'mismatch') await context.noteHandled(tx);
    return settled;
  });
  if (result === 'mismatch') throw mismatchError(reservationOf(message).reservationId, actorOf(message));
}

/** Reports the refund again: the sender of the request has not heard that the money is back or was never taken. */
async function tellRefunded(message: Message, { once }: HandlerContext, payment: Payment): Promise<void> {
  const { reservationId, status, currency, providerId: paymentId } = payment;
  await once(async (tx) => {
    const amount = status === 'REFUNDED' ? payment.amount : 0;
    const settled = { reservationId, amount, currency, paymentId, reason: '' };
    await appendToOutbox(tx, [sagaEvent('PaymentRefunded', settled, message.traceparent)]);
  });
}

/**
 * REFUNDING when there is money to give back. REFUNDED or FAILED when there is none. The payment's lock waits until an
 * earlier delivery of the message has ended, so that a second delivery does not begin a failed refund again.
 */
function beginRefund(database: Database, message: Message, { group }: HandlerContext): Promise<Payment | 'handled'> {
  const { reservationId, reason } = reservationOf(message);
  return database.transaction(async (tx) => {
    const payment = await readPayment(tx, reservationId, { lock: true });
    if (await isHandled(tx, group, message.id)) return 'handled';
    if (payment === undefined || payment.status === 'READY') throw missing(reservationId);
    const { status: from } = payment;
    if (from !== 'PAID' && from !== 'REFUND_FAILED') return payment;
    const step = { reservationId, from, to: 'REFUNDING' as const, reason: String(reason ?? '') };
    await stepPayment(tx, { ...step, actor: actorOf(message) });
    return { ...payment, status: 'REFUNDING' };
  });
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

/** Retriable, because the payment may be settled soon. */
function missing(reservationId: number): TablepickError {
  return new TablepickError('PAYMENT_NOT_SETTLED', `the payment of reservation ${reservationId} is not settled yet`, {
    retriable: true,
    hint: 'it is tried again; tablepick reconcile looks it up',
  });
}

function reporterOf(message: Message): Reporter {
  return { reservationId: reservationOf(message).reservationId, actor: actorOf(message) };
}

function actorOf({ type, id }: Message): string {
  return `${type} ${id}`;
}
