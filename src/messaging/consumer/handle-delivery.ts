import { TablepickError } from '../../errors.js';
import { answerFailure } from './answer-failure.js';
import type { AnyHandler } from './batch-handler.js';
import { type ConsumerSettings, type Delivery, idOf } from './delivery.js';
import { ENVIRONMENT_WAIT_MS } from './environment.js';
import { findSettled } from './inbox.js';
import type { RunResult } from './key-queues.js';
import { type Message, decodeMessage } from '../envelope/message.js';
import { attemptOf, notBefore } from './retry-headers.js';
import { runHandler } from './run-handler.js';

const DONE: RunResult = { kind: 'done' };

/** After this time in its queue, a delivery is looked up again. A copy of it may have been handled or parked. */
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
  let handler: AnyHandler | undefined;
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

function findHandler({ handlers, ignored = [], group }: ConsumerSettings, message: Message): AnyHandler | undefined {
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
  handler: AnyHandler;
}

async function handleMessage(settings: ConsumerSettings, { delivery, message, handler }: Handling): Promise<void> {
  const { database, group, retry, signal, onEvent } = settings;
  const began = performance.now();
  const attempt = attemptOf(settings, delivery);
  await runHandler(handler, message, { database, group, attempt, isLastAttempt: attempt >= retry.attempts, signal });
  const { type, id, key } = message;
  onEvent?.({ kind: 'handled', type, id, key, handler: handler.name, ms: performance.now() - began });
}
