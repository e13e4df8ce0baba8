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

/** What the payment service's handlers work with. */
export interface PaymentHandlerOptions {
  /** The payment service's own. */
  database: Database;
  gateway: PaymentGateway;
}

/** What the payment service does with each message; the gateway is always called outside of any transaction. */
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
 * Notes the payment as READY and asks itself for it: from here on it survives any crash. What costs nothing is paid at
 * once.
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
 * What the provider really did counts, also when another delivery of the message was noted meanwhile: settling compares
 * and sets. A message of which the provider says what it was not asked for is not handled: it is a dead letter, to be
 * redriven once that is repaired.
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

/** Whoever asks for money that is back, or was never taken, has not heard it yet. */
async function tellRefunded(message: Message, { once }: HandlerContext, payment: Payment): Promise<void> {
  const { reservationId, status, currency, providerId: paymentId } = payment;
  await once(async (tx) => {
    const amount = status === 'REFUNDED' ? payment.amount : 0;
    const settled = { reservationId, amount, currency, paymentId, reason: '' };
    await appendToOutbox(tx, [sagaEvent('PaymentRefunded', settled, message.traceparent)]);
  });
}

/**
 * REFUNDING when there is money to give back, REFUNDED or FAILED when there is none. Behind the payment's lock whoever
 * handled the message before has ended, so that a second delivery does not begin a refund again that has failed.
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
 * A provider that stays silent to the end has failed as far as anybody knows: an operator asks again. What it did all
 * the same is heard by its callback or a look-up, and closes the compensation. Nothing (0) was never taken from
 * anybody.
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

/** Retriable: what came too early may be there soon. */
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
