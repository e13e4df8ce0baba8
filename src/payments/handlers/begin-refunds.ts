import type { Database, Transaction } from '../../database/index.js';
import type { TablepickError } from '../../errors.js';
import { selectHandled } from '../../messaging/consumer/inbox.js';
import { batchWait } from '../../messaging/consumer/batch-wait.js';
import type { Message } from '../../messaging/index.js';
import { reservationOf } from '../events.js';
import {
  type Payment,
  type PaymentChange,
  type PaymentRecord,
  lockPayments,
  recordPayments,
  stepPayment,
  writePayments,
} from '../payment-states.js';
import { actorOf } from './actor-of.js';
import { notSettled } from './not-settled.js';

/** A request for a refund, and the group that handles it. */
export interface RefundCall {
  message: Message;
  group: string;
}

/** The payment: REFUNDING when there is money to give back, REFUNDED or FAILED when there is none. */
export type BegunRefund = Payment | 'handled';

/**
 * Begins refunds in one transaction, in the order of their requests. The payments' locks wait until earlier deliveries
 * of the messages have ended, so that a second delivery does not begin a failed refund again. The answer to a request
 * whose payment is not settled is `PAYMENT_NOT_SETTLED`.
 */
export function beginRefunds(
  database: Database,
  calls: readonly RefundCall[],
): Promise<(BegunRefund | TablepickError)[]> {
  return database.transaction((tx) => begin(tx, calls), batchWait(calls.length));
}

async function begin(tx: Transaction, calls: readonly RefundCall[]): Promise<(BegunRefund | TablepickError)[]> {
  const ids = calls.map(({ message }) => reservationOf(message).reservationId);
  const payments = await lockPayments(tx, ids);
  const handled = await selectHandledCalls(tx, calls);
  const changes = new Map<number, PaymentChange>();
  const records: PaymentRecord[] = [];
  const answers = calls.map(({ message }, place) => {
    const before = payments.get(ids[place]!);
    if (handled.has(message.id)) return 'handled';
    if (before === undefined || before.status === 'READY') return notSettled(ids[place]!);
    if (before.status !== 'PAID' && before.status !== 'REFUND_FAILED') return before;
    const { after, record } = beginOne(before, message);
    payments.set(after.reservationId, after);
    changes.set(after.reservationId, { before, after });
    records.push(record);
    return after;
  });
  await writePayments(tx, [...changes.values()]);
  await recordPayments(tx, records);
  return answers;
}

function beginOne(payment: Payment, message: Message): { after: Payment; record: PaymentRecord } {
  const { reservationId, status: from } = payment;
  const reason = String(reservationOf(message).reason ?? '');
  const after = stepPayment(payment, { to: 'REFUNDING', reason });
  return { after, record: { reservationId, from, to: after.status, reason, actor: actorOf(message) } };
}

/** Which of the messages are handled. They come from one group, or from a few. */
async function selectHandledCalls(tx: Transaction, calls: readonly RefundCall[]): Promise<ReadonlySet<string>> {
  const handled = new Set<string>();
  for (const group of new Set(calls.map((call) => call.group))) {
    const messageIds = calls.filter((call) => call.group === group).map(({ message }) => message.id);
    for (const id of await selectHandled(tx, { group, messageIds })) handled.add(id);
  }
  return handled;
}
