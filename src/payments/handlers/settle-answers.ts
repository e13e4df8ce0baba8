import type { Database, Transaction } from '../../database/index.js';
import { batchWait } from '../../messaging/consumer/batch-wait.js';
import type { BatchContext, Message } from '../../messaging/index.js';
import { reservationOf, sagaEvent } from '../events.js';
import type { Payment } from '../payment-states.js';
import type { Report } from '../settle/decide-report.js';
import { mismatchError } from '../settle/payment-mismatch.js';
import { decideLocked, writeDecisions } from '../settle/settle-payments.js';
import { actorOf } from './actor-of.js';

/** What was heard for a message before its batch. */
export type Answer =
  /** What the provider said. */
  | { kind: 'said'; report: Report }
  /** There is no money to give back, and the sender of the request has not heard that. */
  | { kind: 'refunded'; payment: Payment }
  /** The message has no effect any more. */
  | { kind: 'over' };

/**
 * Applies what the provider really did, even when another delivery of a message was noted meanwhile, because settling
 * compares and sets. When an answer does not match its request, that is noted first. Its message then fails alone, so
 * it is not noted as handled and becomes a dead letter. Redrive it once the cause is repaired.
 */
export async function settleAnswers(
  database: Database,
  messages: readonly Message[],
  context: BatchContext<Answer>,
): Promise<void> {
  for (let open = messages; open.length > 0;) {
    const settle = (tx: Transaction) => settleUnlessWrong(tx, open, context);
    const wrong = await database.transaction(settle, batchWait(open.length));
    if (wrong.size === 0) return;
    open = withoutWrong(open, wrong);
    for (const message of wrong) {
      const { reservationId } = reservationOf(message);
      context.fail(message, mismatchError(reservationId, actorOf(message)));
    }
  }
}

/** When some answers do not match, only that is written. Resolves with the messages of these. */
async function settleUnlessWrong(
  tx: Transaction,
  messages: readonly Message[],
  context: BatchContext<Answer>,
): Promise<ReadonlySet<Message>> {
  const said = messages.flatMap((message) => {
    const answer = context.prepared(message);
    return answer.kind === 'said' ? [{ message, report: answer.report }] : [];
  });
  const decisions = await decideLocked(
    tx,
    said.map(({ report }) => report),
  );
  const wrong = said.filter((_, place) => decisions.results[place] === 'mismatch').map(({ message }) => message);
  if (wrong.length > 0) {
    const told = decisions.told.filter((each) => 'mismatch' in each);
    await writeDecisions(tx, { ...decisions, changes: [], told, messages: [] });
    return new Set(wrong);
  }
  const newOnes = await context.noteHandled(tx);
  await writeDecisions(tx, { ...decisions, messages: [...decisions.messages, ...tellRefunded(newOnes, context)] });
  return new Set();
}

function tellRefunded(messages: readonly Message[], { prepared }: BatchContext<Answer>) {
  return messages.flatMap((message) => {
    const answer = prepared(message);
    if (answer.kind !== 'refunded') return [];
    const { reservationId, status, currency, providerId: paymentId, amount: paid } = answer.payment;
    const amount = status === 'REFUNDED' ? paid : 0;
    const settled = { reservationId, amount, currency, paymentId, reason: '' };
    return [sagaEvent('PaymentRefunded', settled, message.traceparent)];
  });
}

/** Later messages of a wrong one's key wait for it. */
function withoutWrong(messages: readonly Message[], wrong: ReadonlySet<Message>): Message[] {
  const keys = new Set<string>();
  return messages.filter((message) => {
    if (wrong.has(message)) keys.add(message.key);
    return !keys.has(message.key);
  });
}
