import { inParallel } from '../../in-parallel.js';
import { answerFailure } from './answer-failure.js';
import { BatchEnds, type MessageEnd } from './batch-ends.js';
import type { BatchHandler } from './batch-handler.js';
import type { ConsumerSettings, Delivery } from './delivery.js';
import { waitAfter } from './handle-delivery.js';
import type { RunResult } from './key-queues.js';
import { prepareMessage, serveBatch } from './run-batch.js';
import { lookAgain, markDead, tellSkipped } from './settled-deliveries.js';

const DONE: RunResult = { kind: 'done' };
const AT_ONCE: RunResult = { kind: 'again', inMs: 0 };

/** Most dead letters, or retries, that are written at once. */
const ANSWERED_AT_ONCE = 4;

/** The handler with which a delivery is handled in a batch. Undefined when it is handled alone. */
export function laneOf({ batch, isSettled, runsAlone }: Delivery): BatchHandler | undefined {
  return isSettled || runsAlone ? undefined : batch?.handler;
}

/** Whether its handler is to prepare it first. */
export function needsPreparing({ batch, prepared }: Delivery): boolean {
  return prepared === undefined && batch?.handler.prepare !== undefined;
}

/** Prepares a message for its batch. When that fails, it says when to try again. It never rejects. */
export async function prepareDelivery(settings: ConsumerSettings, delivery: Delivery): Promise<RunResult | undefined> {
  try {
    await lookAgain(settings, [delivery]);
    if (!delivery.isSettled) return await prepareOnce(settings, delivery);
    tellSkipped(settings, delivery.received, 'duplicate');
    return DONE;
  } catch (error) {
    return waitAfter(settings, error);
  }
}

async function prepareOnce(settings: ConsumerSettings, delivery: Delivery): Promise<RunResult | undefined> {
  const { database, group, retry, signal } = settings;
  const { message, handler } = delivery.batch!;
  const { isHandled } = settings.lookUps;
  const options = { database, group, signal, attempt: 1, isLastAttempt: retry.attempts <= 1, isHandled };
  try {
    delivery.prepared = { value: await prepareMessage(handler, message, options) };
    return undefined;
  } catch (error) {
    delivery.runsAlone = true;
    return answerFailure(settings, { delivery, error, handler });
  }
}

/**
 * Handles messages together, and says of each when to try again. `release` is called before failures are sought and
 * answered. It never rejects.
 */
export async function handleBatch(
  settings: ConsumerSettings,
  handler: BatchHandler,
  { deliveries, release }: { deliveries: readonly Delivery[]; release: () => void },
): Promise<RunResult[]> {
  try {
    if (handler.prepare === undefined) await markDead(settings, deliveries);
    const served = await serve(settings, handler, { deliveries, release });
    release();
    return await answerAll(settings, served, deliveries);
  } catch (error) {
    const again = waitAfter(settings, error);
    return deliveries.map(() => again);
  }
}

interface Served {
  ends: BatchEnds;
  /** For those that have no end. */
  otherwise: RunResult;
  ms: number;
}

async function serve(
  settings: ConsumerSettings,
  handler: BatchHandler,
  { deliveries, release }: { deliveries: readonly Delivery[]; release: () => void },
): Promise<Served> {
  const open = deliveries.filter(({ isSettled }) => !isSettled);
  const ends = new BatchEnds(open.map(({ batch }) => batch!.message));
  const prepared = new Map(open.map((each) => [each.batch!.message.id, each.prepared?.value]));
  const began = performance.now();
  const served = { ends, otherwise: AT_ONCE };
  try {
    await serveBatch(handler, ends, { ...settings, prepared, onHalved: release });
  } catch (error) {
    served.otherwise = waitAfter(settings, error);
  }
  return { ...served, ms: performance.now() - began };
}

async function answerAll(
  settings: ConsumerSettings,
  served: Served,
  deliveries: readonly Delivery[],
): Promise<RunResult[]> {
  const results = deliveries.map(() => served.otherwise);
  const told = new Set<string>();
  await inParallel(deliveries.entries(), { concurrency: ANSWERED_AT_ONCE }, async ([index, delivery]) => {
    const { id } = delivery.batch!.message;
    const end = delivery.isSettled || told.has(id) ? DUPLICATE : served.ends.byId.get(id);
    if (end === undefined) return;
    if (end.kind !== 'failed') told.add(id);
    results[index] = await answer(settings, { delivery, end, ms: served.ms });
  });
  return results;
}

const DUPLICATE: MessageEnd = { kind: 'duplicate' };

async function answer(
  settings: ConsumerSettings,
  { delivery, end, ms }: { delivery: Delivery; end: MessageEnd; ms: number },
): Promise<RunResult> {
  const { message, handler } = delivery.batch!;
  const { type, id, key } = message;
  if (end.kind === 'failed') {
    delivery.runsAlone = true;
    try {
      return await answerFailure(settings, { delivery, error: end.error, handler });
    } catch (error) {
      return waitAfter(settings, error);
    }
  }
  if (end.kind === 'handled') settings.onEvent?.({ kind: 'handled', type, id, key, handler: handler.name, ms });
  else tellSkipped(settings, delivery.received, 'duplicate');
  return DONE;
}
