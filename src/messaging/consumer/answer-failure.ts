import { isTablepickError } from '../../errors.js';
import { retryTopicOf } from './consumer.js';
import { writeDeadLetter } from '../dead-letters/dead-letter.js';
import { type ConsumerSettings, type Delivery, idOf } from './delivery.js';
import { ENVIRONMENT_WAIT_MS, isOfEnvironment } from './environment.js';
import { retryWaitMs } from './handler.js';
import type { AnyHandler } from './batch-handler.js';
import type { RunResult } from './key-queues.js';
import { attemptOf, laterMessage } from './retry-headers.js';
import type { WireMessage } from '../envelope/message.js';
import type { Received } from '../transport.js';

const DONE: RunResult = { kind: 'done' };

/**
 * Errors that may come from the message or from an unfinished deployment. The message is tried again, then it is a dead
 * letter.
 */
const NOT_FATAL = ['ABORTED', 'ACCESS_DENIED', 'MISSING_TABLE', 'QUERY_FAILED', 'TRANSPORT_FAILED'] as const;

/** A try that failed. */
export interface Failure {
  delivery: Delivery;
  error: unknown;
  handler: AnyHandler | undefined;
}

/**
 * Tries the message again in place or by way of the retry topic, or writes it to the dead letters. When the error is no
 * fault of the message, it waits.
 */
export async function answerFailure(settings: ConsumerSettings, failure: Failure): Promise<RunResult> {
  const { delivery, error } = failure;
  const { retry, signal, onEvent } = settings;
  if (signal.aborted || delivery.assignment.signal.aborted) return { kind: 'again', inMs: ENVIRONMENT_WAIT_MS };
  if (isOfEnvironment(error)) {
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

/**
 * False when the topic will never take the message. Then it is tried again in place. A transport that is away is no
 * failure of the message.
 */
async function publishLater({ transport, onEvent }: ConsumerSettings, later: WireMessage): Promise<boolean> {
  try {
    await transport.publish([later]);
    return true;
  } catch (error) {
    if (isOfEnvironment(error)) throw error;
    onEvent?.({ kind: 'failed', error });
    return false;
  }
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
    group,
    attempts,
    handler: handler?.name ?? '',
    error: cause.message,
    stack: cause.stack,
    reason: isTablepickError(cause) ? cause.code : cause.name,
    firstAt: earlier === undefined ? firstFailureAt! : new Date(earlier),
  };
  await database.transaction((tx) => writeDeadLetter(tx, wire, letter), { signal });
  const { type = '', id = '' } = wire.headers;
  onEvent?.({ kind: 'dead', type, id, key: received.key, attempts, error: cause });
  return DONE;
}

function withId(received: Received): WireMessage {
  const { topic, key, value, headers } = received;
  return { topic: headers.aggregate ?? topic, key, value, headers: { ...headers, id: idOf(received) } };
}
