import { answerFailure } from './answer-failure.js';
import type { AnyHandler } from './batch-handler.js';
import type { ConsumerSettings, Delivery } from './delivery.js';
import { ENVIRONMENT_WAIT_MS } from './environment.js';
import { findHandler } from './find-handler.js';
import type { RunResult } from './key-queues.js';
import { type Message, decodeMessage } from '../envelope/message.js';
import { attemptOf, notBefore } from './retry-headers.js';
import { runHandler } from './run-handler.js';
import { lookAgain, tellSkipped } from './settled-deliveries.js';

const DONE: RunResult = { kind: 'done' };

/** Handles a message alone, or says when to try again. It never rejects. */
export async function handleDelivery(settings: ConsumerSettings, delivery: Delivery): Promise<RunResult> {
  try {
    const waitMs = notBefore(settings, delivery.received) - Date.now();
    if (waitMs > 0) return { kind: 'again', inMs: waitMs };
    await lookAgain(settings, [delivery]);
    return await tryOnce(settings, delivery);
  } catch (error) {
    return waitAfter(settings, error);
  }
}

/** The answer when a dead letter, or a retry, could not be written either. */
export function waitAfter({ signal, onEvent }: ConsumerSettings, error: unknown): RunResult {
  if (!signal.aborted) onEvent?.({ kind: 'failed', error });
  return { kind: 'again', inMs: ENVIRONMENT_WAIT_MS };
}

async function tryOnce(settings: ConsumerSettings, delivery: Delivery): Promise<RunResult> {
  if (delivery.isSettled) {
    tellSkipped(settings, delivery.received, 'duplicate');
    return DONE;
  }
  let handler: AnyHandler | undefined;
  try {
    const message = decodeMessage(delivery.received);
    handler = findHandler(settings, message);
    await handleMessage(settings, { delivery, message, handler });
    return DONE;
  } catch (error) {
    return answerFailure(settings, { delivery, error, handler });
  }
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
