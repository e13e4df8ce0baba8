import { onAbort } from '../../../abort/on-abort.js';
import { sleepUnlessAborted } from '../../../abort/sleep-unless-aborted.js';
import { isTablepickError } from '../../../errors.js';
import { backoffMs } from '../../../retry.js';
import type { SubscribeOptions, Subscription } from '../../transport.js';
import type { KafkaTransportOptions } from './kafka-client.js';
import { type ConsumerWork, DEFAULT_SESSION_MS, KafkaConsumer } from './kafka-consumer.js';
import { kafkaError } from './kafka-errors.js';

/** Brokers that are up again are found within seconds. */
const REJOIN = { retries: Infinity, baseMs: 200, capMs: 3000 };

/** How many sessions whoever starts waits for its group: joining waits for one, and what comes after it for another. */
const SESSIONS = 4;

/**
 * Joins the group, and joins it again whenever the consumer has failed, until it is stopped.
 *
 * @throws As `Transport.subscribe`, when the first time fails.
 */
export async function subscribeToKafka(
  options: KafkaTransportOptions,
  wanted: SubscribeOptions,
): Promise<Subscription> {
  const onError = wanted.onError ?? options.onError ?? (() => {});
  const work: ConsumerWork = { options, wanted, onError, ends: new Map() };
  const stopping = new AbortController();
  const now: { consumer: KafkaConsumer | undefined } = { consumer: await joinFirst(work) };
  const ended = keepJoined(now, work, stopping.signal);
  const stop = (): Promise<void> => {
    stopping.abort();
    return ended;
  };
  const forget = onAbort(wanted.signal, () => void stop());
  onAbort(stopping.signal, forget);
  if (wanted.signal?.aborted) await stop();
  return { stop, holds: () => now.consumer?.holds() ?? [] };
}

/**
 * Brokers that are up and a group that does not answer: it waits for a member that was killed, until that one's session
 * is over, and again when the next is killed meanwhile. Whoever starts in its place waits, too.
 */
async function joinFirst(work: ConsumerWork): Promise<KafkaConsumer> {
  const { options, wanted } = work;
  const deadline = Date.now() + SESSIONS * (options.sessionTimeoutMs ?? DEFAULT_SESSION_MS);
  for (;;) {
    let isAnswered = false;
    try {
      return await KafkaConsumer.join({ ...work, onAnswered: () => (isAnswered = true) });
    } catch (error) {
      const isWaiting = isAnswered && isTablepickError(error, 'TRANSPORT_UNAVAILABLE');
      if (!isWaiting || wanted.signal?.aborted || Date.now() > deadline) throw error;
    }
  }
}

async function keepJoined(
  now: { consumer: KafkaConsumer | undefined },
  work: ConsumerWork,
  signal: AbortSignal,
): Promise<void> {
  const stopped = new Promise<'stopped'>((resolve) => {
    onAbort(signal, () => resolve('stopped'));
  });
  while (now.consumer !== undefined) {
    const end: unknown = await Promise.race([stopped, now.consumer.failed]);
    if (end === 'stopped') break;
    work.onError(kafkaError(`the subscription of ${work.wanted.group}`, end, work.options.brokers));
    now.consumer = await joinAgain(work, signal);
  }
  await now.consumer?.stop();
  await Promise.all(work.ends.values());
}

/** Undefined when it was stopped meanwhile. */
async function joinAgain(work: ConsumerWork, signal: AbortSignal): Promise<KafkaConsumer | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    await sleepUnlessAborted(backoffMs(REJOIN, attempt, Math.random()), signal);
    if (signal.aborted) return undefined;
    try {
      return await KafkaConsumer.join(work);
    } catch (error) {
      work.onError(error);
    }
  }
}
