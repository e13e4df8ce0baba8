import { onAbort } from '../../../abort/on-abort.js';
import { sleepUnlessAborted } from '../../../abort/sleep-unless-aborted.js';
import { isTablepickError } from '../../../errors.js';
import { backoffMs } from '../../../retry.js';
import type { SubscribeOptions, Subscription } from '../../transport.js';
import type { KafkaTransportOptions } from './kafka-client.js';
import { type ConsumerWork, DEFAULT_SESSION_MS, KafkaConsumer } from './kafka-consumer.js';
import { kafkaError } from './kafka-errors.js';

/** When brokers are up again, they are found within seconds. */
const REJOIN = { retries: Infinity, baseMs: 200, capMs: 3000 };

/**
 * A start waits at most this many session timeouts for its group. Joining takes one, and the steps after it take
 * another.
 */
const SESSIONS = 4;

/**
 * Joins the group. When the consumer fails, it joins again, until it is stopped.
 *
 * @throws As `Transport.subscribe`, when the first time fails.
 */
export async function subscribeToKafka(
  options: KafkaTransportOptions,
  wanted: SubscribeOptions,
): Promise<Subscription & AsyncDisposable> {
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
  return { stop, holds: () => now.consumer?.holds() ?? [], [Symbol.asyncDispose]: stop };
}

/**
 * Tries again while the brokers answer and the group does not. When a member was killed, the group waits until its
 * session is over, and again when the next member is killed meanwhile. A new member waits, too.
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
