import { withOwnSignal } from '../../abort/with-own-signal.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import { type ConsumerOptions, retryTopicOf } from './consumer.js';
import { writeDeadLetter } from '../dead-letters/dead-letter.js';
import { type HandlerContext, type MessageHandler, type RetryPolicy, retryWaitMs } from './handler.js';
import { findSettled, isHandled, noteHandled } from './inbox.js';
import type { RunResult } from './key-queues.js';
import { type Message, type WireMessage, decodeMessage } from '../envelope/message.js';
import type { PartitionBatch, Received } from '../transport.js';

/** A message on its way through a consumer. */
export interface Delivery {
  received: Received;
  batch: PartitionBatch;
  /** It was handled, or is a dead letter, since before it was taken. */
  isSettled: boolean;
  takenAtMs: number;
  /** Of this delivery. */
  failures: number;
  firstFailureAt: Date | undefined;
}

/** What deliveries are handled with. */
export interface ConsumerSettings extends ConsumerOptions {
  retry: RetryPolicy;
  signal: AbortSignal;
}

const DONE: RunResult = { kind: 'done' };

/** What is no fault of the message: waited for as long as it takes. */
const ENVIRONMENT = [
  ...(['CONNECTION_LOST', 'CONFLICT', 'POOL_TIMEOUT', 'COMMIT_UNKNOWN', 'DISK_FULL'] as const),
  ...(['SERVER_UNREACHABLE', 'TRANSPORT_UNAVAILABLE'] as const),
];
const ENVIRONMENT_WAIT_MS = 500;

/** What may be a fault of the message or of a deployment that is not finished: tried again, then a dead letter. */
const NOT_FATAL = ['ABORTED', 'ACCESS_DENIED', 'MISSING_TABLE', 'QUERY_FAILED', 'TRANSPORT_FAILED'] as const;

/** Longest wait for one row lock: who stops must not wait for it for minutes. */
const LOCK_WAIT_SECONDS = 5;

/** After this time in its queue a delivery is looked up once more: a copy of it may have been handled, or parked. */
const STALE_MS = 200;

/** Handles a message, or says when to try again. It never rejects. */
export async function handleDelivery(settings: ConsumerSettings, delivery: Delivery): Promise<RunResult> {
  try {
    const waitMs = notBefore(settings, delivery.received) - Date.now();
    if (waitMs > 0) return { kind: 'again', inMs: waitMs };
    await lookAgain(settings, delivery);
    return await tryOnce(settings, delivery);
  } catch (error) {
    // The dead letter, or the retry, could not be written either.
    if (!settings.signal.aborted) settings.onEvent?.({ kind: 'failed', error });
    return { kind: 'again', inMs: ENVIRONMENT_WAIT_MS };
  }
}

async function lookAgain(settings: ConsumerSettings, delivery: Delivery): Promise<void> {
  if (delivery.isSettled || delivery.failures > 0 || performance.now() - delivery.takenAtMs < STALE_MS) return;
  const id = idOf(delivery.received);
  delivery.isSettled = (await findSettled(settings, [id])).has(id);
}

async function tryOnce(settings: ConsumerSettings, delivery: Delivery): Promise<RunResult> {
  const { received } = delivery;
  const named = { type: received.headers.type ?? '', id: received.headers.id ?? '', key: received.key };
  if (delivery.isSettled) {
    settings.onEvent?.({ kind: 'skipped', ...named, why: 'duplicate' });
    return DONE;
  }
  let handler: MessageHandler | undefined;
  try {
    const message = decodeMessage(received);
    handler = findHandler(settings, message);
    if (handler === undefined) settings.onEvent?.({ kind: 'skipped', ...named, why: 'not-handled' });
    else await handleMessage(settings, { delivery, message, handler });
    return DONE;
  } catch (error) {
    return answerFailure(settings, { delivery, error, handler });
  }
}

function findHandler(
  { handlers, ignored = [], group }: ConsumerSettings,
  message: Message,
): MessageHandler | undefined {
  const handler = Object.hasOwn(handlers, message.type) ? handlers[message.type] : undefined;
  if (handler === undefined && !ignored.includes(message.type)) {
    throw new TablepickError('BAD_MESSAGE', `group ${group} knows no type ${message.type}`, {
      hint: 'deploy a version that knows it, then redrive',
    });
  }
  const known = handler?.version ?? 1;
  if (handler !== undefined && message.schemaVersion > known) {
    throw new TablepickError('BAD_MESSAGE', `${message.type} has version ${message.schemaVersion}, known is ${known}`, {
      hint: 'deploy a version that knows it, then redrive',
    });
  }
  return handler;
}

interface Handling {
  delivery: Delivery;
  message: Message;
  handler: MessageHandler;
}

async function handleMessage(settings: ConsumerSettings, { delivery, message, handler }: Handling): Promise<void> {
  const { database, group, retry, signal, onEvent } = settings;
  const began = performance.now();
  const attempt = attemptOf(settings, delivery);
  const waiting = { signal, lockWaitSeconds: LOCK_WAIT_SECONDS };
  let isNoted = false;
  const note: HandlerContext['noteHandled'] = async (tx) => {
    isNoted = true;
    return noteHandled(tx, group, message.id);
  };
  await withOwnSignal([signal], (own) =>
    handler.handle(message, {
      ...{ group, attempt, signal: own, isLastAttempt: attempt >= retry.attempts },
      noteHandled: note,
      isHandled: () => isHandled(database, group, message.id),
      once: (work) => database.transaction(async (tx) => ((await note(tx)) ? work(tx) : undefined), waiting),
    }),
  );
  if (!isNoted) await noteDone(settings, note);
  const { type, id, key } = message;
  onEvent?.({ kind: 'handled', type, id, key, handler: handler.name, ms: performance.now() - began });
}

/** What was done is noted also by who stops; only for another try there is no time then. */
async function noteDone({ database, signal }: ConsumerSettings, note: HandlerContext['noteHandled']): Promise<void> {
  const once = { retry: false, lockWaitSeconds: LOCK_WAIT_SECONDS } as const;
  await retryTransient(() => database.transaction((tx) => note(tx), once), { signal });
}

interface Failure {
  delivery: Delivery;
  error: unknown;
  handler: MessageHandler | undefined;
}

async function answerFailure(settings: ConsumerSettings, failure: Failure): Promise<RunResult> {
  const { delivery, error } = failure;
  const { retry, signal, onEvent } = settings;
  if (signal.aborted || delivery.batch.signal.aborted) return { kind: 'again', inMs: ENVIRONMENT_WAIT_MS };
  if (isTablepickError(error, ...ENVIRONMENT)) {
    onEvent?.({ kind: 'failed', error });
    return { kind: 'again', inMs: ENVIRONMENT_WAIT_MS };
  }
  delivery.firstFailureAt ??= new Date();
  const attempt = attemptOf(settings, delivery);
  const isFatal = isTablepickError(error) && !error.retriable && !isTablepickError(error, ...NOT_FATAL);
  if (isFatal || attempt >= retry.attempts) return writeToDeadLetters(settings, failure);
  return tryLater(settings, failure, attempt);
}

async function tryLater(settings: ConsumerSettings, { delivery, error }: Failure, attempt: number): Promise<RunResult> {
  const { retry, group, onEvent } = settings;
  const { received } = delivery;
  const { type = '', id = '' } = received.headers;
  const waitMs = retryWaitMs(retry, attempt);
  onEvent?.({ kind: 'retrying', type, id, key: received.key, attempt, waitMs, error });
  const topic = retryTopicOf(group);
  const isGone =
    retry.kind === 'retry-topic' && (await publishLater(settings, laterMessage(delivery, { topic, attempt, waitMs })));
  if (isGone) return DONE;
  delivery.failures += 1;
  return { kind: 'again', inMs: waitMs };
}

/** False when the topic will never take it: then it is tried again where it is. A transport that is away is no failure of the message. */
async function publishLater({ transport, onEvent }: ConsumerSettings, later: WireMessage): Promise<boolean> {
  try {
    await transport.publish([later]);
    return true;
  } catch (error) {
    if (isTablepickError(error, ...ENVIRONMENT)) throw error;
    onEvent?.({ kind: 'failed', error });
    return false;
  }
}

/** The same message for the group's own topic; what it needs to know there stands in headers that nobody else reads. */
function laterMessage(
  { received, firstFailureAt }: Delivery,
  { topic, attempt, waitMs }: { topic: string; attempt: number; waitMs: number },
): WireMessage {
  const { key, value, headers } = received;
  const more = {
    aggregate: headers.aggregate ?? received.topic,
    failures: String(attempt),
    firstFailureAt: headers.firstFailureAt ?? firstFailureAt!.toISOString(),
    notBefore: String(Date.now() + waitMs),
  };
  return { topic, key, value, headers: { ...headers, ...more } };
}

/** Failures before this one were counted by earlier deliveries in a header. */
function attemptOf(settings: ConsumerSettings, { received, failures }: Delivery): number {
  const before = isRetried(settings, received) ? Number(received.headers.failures) : 0;
  return (Number.isInteger(before) && before > 0 && before <= settings.retry.attempts ? before : 0) + failures + 1;
}

/** Only what the group itself has published again carries its headers. */
function isRetried({ retry, group }: ConsumerSettings, { topic }: Received): boolean {
  return retry.kind === 'retry-topic' && topic === retryTopicOf(group);
}

function notBefore(settings: ConsumerSettings, received: Received): number {
  const instant = isRetried(settings, received) ? Number(received.headers.notBefore) : 0;
  return Number.isFinite(instant) ? Math.min(instant, Date.now() + settings.retry.capMs) : 0;
}

async function writeToDeadLetters(
  settings: ConsumerSettings,
  { delivery, error, handler }: Failure,
): Promise<RunResult> {
  const { database, group, signal, onEvent } = settings;
  const { received, firstFailureAt } = delivery;
  const cause = error instanceof Error ? error : new Error(String(error));
  const attempts = attemptOf(settings, delivery);
  const wire = withId(received);
  const earlier = received.headers.firstFailureAt;
  const letter = {
    ...{ group, attempts, handler: handler?.name ?? '', error: cause.message, stack: cause.stack },
    reason: isTablepickError(cause) ? cause.code : cause.name,
    firstAt: earlier === undefined ? firstFailureAt! : new Date(earlier),
  };
  await database.transaction((tx) => writeDeadLetter(tx, wire, letter), { signal });
  const { type = '', id = '' } = wire.headers;
  onEvent?.({ kind: 'dead', type, id, key: received.key, attempts, error: cause });
  return DONE;
}

/** A message that came without an id is named by its place. */
export function idOf({ topic, headers, partition, offset }: Received): string {
  return headers.id || `${topic}:${partition}:${offset}`.slice(-64);
}

function withId(received: Received): WireMessage {
  const { topic, key, value, headers } = received;
  return { topic: headers.aggregate ?? topic, key, value, headers: { ...headers, id: idOf(received) } };
}
