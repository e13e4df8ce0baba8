import type { Transaction } from '../database/index.js';
import { batchWait } from '../messaging/consumer/batch-wait.js';
import { type BatchContext, type BatchHandler, type Message, appendToOutbox } from '../messaging/index.js';
import { type PaymentSettled, type SagaDraft, sagaEvent } from '../payments/index.js';
import { settledOf } from '../payments/events.js';
import type { Change, DecidedChange, PaymentHeard, Reservations, ReservationStatus } from '../reservations/index.js';
import { Compensations } from './compensation.js';
import { type HistoryStep, historyStatement } from './history.js';

/** Settings of the reservation side's handlers. */
export interface ReservationHandlerOptions {
  /** Created with `recordChanges: recordSaga()`. */
  reservations: Pick<Reservations, 'changeAll'>;
}

/** The types of message of which the reservation side hears: how a payment or its refund ended. */
export type PaymentEndType = 'PaymentSucceeded' | 'PaymentFailed' | 'PaymentRefunded' | 'RefundFailed';

/** The reservation side's handler by type of message: one for all, so that all are handled in the same batches. */
export function reservationHandlers({ reservations }: ReservationHandlerOptions): Record<PaymentEndType, BatchHandler> {
  const hear: BatchHandler = {
    name: 'hear of payments',
    handleBatch: (messages, context) => hearAll(reservations, messages, context),
  };
  return { PaymentSucceeded: hear, PaymentFailed: hear, PaymentRefunded: hear, RefundFailed: hear };
}

/** What a message about a payment changes: the reservation, the noted payment status, and what follows. */
interface Hearing extends Pick<Change, 'decide' | 'reasons' | 'lockSlots'> {
  heard: Exclude<PaymentHeard, null>;
  /** The payment statuses that this one may replace. Any other status is newer and stays. */
  after: readonly PaymentHeard[];
  /** What follows in the same transaction, by the new status of the reservation. Undefined when it does not exist. */
  follows(status: ReservationStatus | undefined): Effect | undefined;
}

/** Writes to `effects` what follows from a message. */
type Effect = (effects: Effects, facts: Facts) => void;

interface Facts {
  /** The reservation's new status. Undefined when it does not exist. */
  status: ReservationStatus | undefined;
  settled: PaymentSettled;
  message: Message;
}

/** What else a batch writes. */
interface Effects {
  compensations: Compensations;
  drafts: SagaDraft[];
}

const SUCCEEDED: Hearing = {
  heard: 'PAID',
  after: [null, 'FAILED'],
  decide: ({ status, isDue }) => (status !== 'PENDING' ? undefined : isDue ? 'EXPIRED' : 'CONFIRMED'),
  reasons: { CONFIRMED: 'paid', EXPIRED: 'hold-expired' },
  lockSlots: 'if-freed',
  follows: (status) => (status === 'CONFIRMED' ? undefined : refund),
};

const FAILED: Hearing = {
  heard: 'FAILED',
  after: [null],
  decide: ({ status, isDue }) => (status !== 'PENDING' ? undefined : isDue ? 'EXPIRED' : 'CANCELLED'),
  reasons: { CANCELLED: 'payment-failed', EXPIRED: 'hold-expired' },
  lockSlots: 'always',
  follows: () => undefined,
};

const REFUNDED: Hearing = {
  heard: 'REFUNDED',
  after: [null, 'PAID', 'FAILED', 'REFUND_FAILED'],
  decide: () => undefined,
  reasons: {},
  lockSlots: 'if-freed',
  follows: () => closeCompensation,
};

const REFUND_FAILED: Hearing = {
  heard: 'REFUND_FAILED',
  // REFUND_FAILED is included, because a refund may fail again after an operator requested it again.
  after: [null, 'PAID', 'FAILED', 'REFUND_FAILED'],
  decide: () => undefined,
  reasons: {},
  lockSlots: 'if-freed',
  follows: () => failCompensation,
};

const HEARINGS: Readonly<Record<PaymentEndType, Hearing>> = {
  PaymentSucceeded: SUCCEEDED,
  PaymentFailed: FAILED,
  PaymentRefunded: REFUNDED,
  RefundFailed: REFUND_FAILED,
};

/** A change that a message asks for. */
interface HeardChange extends Change {
  hearing: Hearing;
  settled: PaymentSettled;
  message: Message;
}

/** Writes seats, payment statuses, compensations, messages and inbox of all messages in one transaction. */
async function hearAll(
  reservations: ReservationHandlerOptions['reservations'],
  messages: readonly Message[],
  context: BatchContext,
): Promise<void> {
  const changes = readAll(messages, context);
  await reservations.changeAll(
    {
      changes,
      begin: async (tx) => {
        const newIds = new Set((await context.noteHandled(tx)).map(({ id }) => id));
        return changes.filter(({ message }) => newIds.has(message.id));
      },
      end: remember,
      // A message that is alone waits. Of several, those whose rows somebody holds are tried again alone.
      onHeld: messages.length === 1 ? undefined : failFirstOfKey(context),
      lockWaitSeconds: batchWait(messages.length).lockWaitSeconds,
    },
    { signal: context.signal },
  );
}

/** The changes of the messages that can be read. The others fail alone. */
function readAll(messages: readonly Message[], context: BatchContext): HeardChange[] {
  return messages.flatMap((message) => {
    try {
      return [toChange(message)];
    } catch (error) {
      context.fail(message, error);
      return [];
    }
  });
}

function toChange(message: Message): HeardChange {
  const settled = settledOf(message);
  const hearing = HEARINGS[message.type as PaymentEndType];
  const { decide, reasons, lockSlots, after, heard } = hearing;
  const { reservationId, paymentId } = settled;
  const news = { paymentId: paymentId ?? undefined, paymentStatus: heard };
  return {
    reservationId,
    decide,
    reasons,
    lockSlots,
    hear: ({ paymentStatus }) => (after.includes(paymentStatus) ? news : undefined),
    traceparent: message.traceparent,
    hearing,
    settled,
    message,
  };
}

/** Later messages of a key wait behind its first one that fails. */
function failFirstOfKey(context: BatchContext): (change: HeardChange, error: unknown) => void {
  const failed = new Set<string>();
  return ({ message }, error) => {
    if (failed.has(message.key)) return;
    failed.add(message.key);
    context.fail(message, error);
  };
}

/** Writes what follows from the decisions: compensations, history and messages. */
async function remember(tx: Transaction, decided: readonly DecidedChange<HeardChange>[]): Promise<void> {
  const heard = decided.filter(isHeard);
  const following = heard.flatMap(followUp);
  const ids = [...new Set(following.map(({ reservationId }) => reservationId))];
  const effects: Effects = { compensations: await Compensations.lock(tx, ids), drafts: [] };
  for (const { effect, facts } of following) effect(effects, facts);
  await effects.compensations.write(tx);
  const steps = [...heard.flatMap(paymentStep), ...effects.compensations.history];
  if (steps.length > 0) {
    const { sql, values } = historyStatement(steps);
    await tx.execute(sql, values);
  }
  await appendToOutbox(tx, effects.drafts);
}

/** When somebody deleted the reservation, the money goes back nevertheless. News that are older change nothing. */
function isHeard({ change, before }: DecidedChange<HeardChange>): boolean {
  return before === undefined || change.hearing.after.includes(before.paymentStatus);
}

function followUp({
  change,
  after,
}: DecidedChange<HeardChange>): { reservationId: number; effect: Effect; facts: Facts }[] {
  const { hearing, settled, message, reservationId } = change;
  const effect = hearing.follows(after?.status);
  return effect === undefined ? [] : [{ reservationId, effect, facts: { status: after?.status, settled, message } }];
}

function paymentStep({ change, before }: DecidedChange<HeardChange>): HistoryStep[] {
  if (before === undefined) return [];
  const { reservationId, hearing, settled, message } = change;
  const step = { from: before.paymentStatus, to: hearing.heard, reason: settled.reason, actor: actorOf(message) };
  return [{ reservationId, subject: 'payment', ...step }];
}

/** The seat is no longer held, so the money goes back. */
function refund({ compensations, drafts }: Effects, facts: Facts): void {
  const { status, settled, message } = facts;
  const { reservationId } = settled;
  const reason = `paid when it was ${status?.toLowerCase() ?? 'gone'}`;
  if (!compensations.request({ ...stepOf(facts), reason })) return;
  drafts.push(sagaEvent('RefundRequested', { reservationId, reason }, message.traceparent));
}

function closeCompensation({ compensations }: Effects, facts: Facts): void {
  const step = { ...stepOf(facts), to: 'REFUNDED' as const, reason: 'the money is back' };
  if (compensations.step({ ...step, from: 'REFUND_REQUESTED' })) return;
  compensations.step({ ...step, from: 'COMPENSATION_FAILED' });
}

function failCompensation({ compensations }: Effects, facts: Facts): void {
  const { reason } = facts.settled;
  compensations.request({ ...stepOf(facts), reason: 'asked for by the payment service' });
  compensations.step({ ...stepOf(facts), from: 'REFUND_REQUESTED', to: 'COMPENSATION_FAILED', reason });
}

function stepOf({ settled, message }: Facts): { reservationId: number; actor: string } {
  return { reservationId: settled.reservationId, actor: actorOf(message) };
}

function actorOf({ type, id }: Message): string {
  return `${type} ${id}`;
}
