import type { Database } from '../database/index.js';
import { TablepickError, isTablepickError } from '../errors.js';
import { type HandlerContext, type Message, type MessageHandler, appendToOutbox } from '../messaging/index.js';
import { moneyOf, reservationOf, sagaEvent } from './events.js';
import type { ApproveOutcome, RefundOutcome, PaymentGateway } from './gateway.js';
import { type Payment, type PaymentStatus, addPayment, readPayment, stepPayment } from './payment-states.js';
import { settleApproval, settleRefund } from './settle-payment.js';

/** What the payment service's handlers work with. */
export interface PaymentTools {
  /** The payment service's own. */
  database: Database;
  gateway: PaymentGateway;
}

/** What the payment service does with each message; the gateway is always called outside of any transaction. */
export function paymentHandlers(tools: PaymentTools): Record<string, MessageHandler> {
  return {
    ReservationCreated: { name: 'request payment', handle: requestPayment },
    PaymentRequested: {
      name: 'approve payment',
      handle: (message, context) => approvePayment(tools, message, context),
    },
    RefundRequested: { name: 'refund payment', handle: (message, context) => refundPayment(tools, message, context) },
  };
}

/** Notes the payment as READY and asks itself for it: from here on it survives any crash. */
async function requestPayment(message: Message, { once }: HandlerContext): Promise<void> {
  const money = moneyOf(message);
  const { traceparent } = message;
  await once(async (tx) => {
    if (!(await addPayment(tx, { ...money, traceparent, actor: actorOf(message) }))) return;
    await appendToOutbox(tx, [sagaEvent('PaymentRequested', money, traceparent)]);
  });
}

async function approvePayment(
  { database, gateway }: PaymentTools,
  message: Message,
  context: HandlerContext,
): Promise<void> {
  const { reservationId } = reservationOf(message);
  const payment = await readPayment(database, reservationId);
  if (payment === undefined) throw missing(reservationId);
  const outcome = payment.status === 'READY' ? await approve(gateway, payment, context.signal) : undefined;
  await context.once(async (tx) => {
    if (outcome !== undefined) await settleApproval(tx, { reservationId, actor: actorOf(message) }, outcome);
  });
}

/** A request that the provider calls wrong takes no money, however often it is asked. */
async function approve(gateway: PaymentGateway, payment: Payment, signal: AbortSignal): Promise<ApproveOutcome> {
  const { reservationId, amount, currency, traceparent } = payment;
  try {
    return await gateway.approve({ reservationId, amount, currency, traceparent: traceparent ?? undefined }, signal);
  } catch (error) {
    if (!isTablepickError(error, 'GATEWAY_REFUSED')) throw error;
    return { kind: 'declined', providerId: '', reason: error.message };
  }
}

async function refundPayment(
  { database, gateway }: PaymentTools,
  message: Message,
  context: HandlerContext,
): Promise<void> {
  const { reservationId, reason } = reservationOf(message);
  const actor = actorOf(message);
  const status = await beginRefund(database, { reservationId, reason: String(reason ?? ''), actor });
  const outcome = status === 'REFUNDING' ? await cancel(gateway, reservationId, context) : undefined;
  await context.once(async (tx) => {
    if (outcome !== undefined) return void (await settleRefund(tx, { reservationId, actor }, outcome));
    // Whoever asks has not heard it yet.
    const payment = (await readPayment(tx, reservationId))!;
    const amount = status === 'REFUNDED' ? payment.amount : 0;
    const settled = { reservationId, amount, currency: payment.currency, paymentId: payment.providerId, reason: '' };
    await appendToOutbox(tx, [sagaEvent('PaymentRefunded', settled, message.traceparent)]);
  });
}

/** REFUNDING when there is money to give back, REFUNDED or FAILED when there is none. */
function beginRefund(
  database: Database,
  { reservationId, reason, actor }: { reservationId: number; reason: string; actor: string },
): Promise<PaymentStatus> {
  return database.transaction(async (tx) => {
    const payment = await readPayment(tx, reservationId, { lock: true });
    if (payment === undefined || payment.status === 'READY') throw missing(reservationId);
    const { status } = payment;
    if (status !== 'PAID' && status !== 'REFUND_FAILED') return status;
    await stepPayment(tx, { reservationId, from: status, to: 'REFUNDING', reason, actor });
    return 'REFUNDING';
  });
}

/** A provider that stays silent to the end has failed: an operator, or the reconciliation, tries again later. */
async function cancel(
  gateway: PaymentGateway,
  reservationId: number,
  { signal, isLastAttempt }: HandlerContext,
): Promise<RefundOutcome> {
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

function actorOf({ type, id }: Message): string {
  return `${type} ${id}`;
}
