import { onAbort } from '../../abort/on-abort.js';
import { requireFitOnce } from '../../database/fit/require-fit-once.js';
import type { Consumer, ConsumerOptions } from './consumer.js';
import { retryTopicOf } from './consumer.js';
import { type Delivery, type ConsumerSettings, handleDelivery, idOf } from './handle-delivery.js';
import { blockingRetry } from './handler.js';
import { findSettled } from './inbox.js';
import { KeyQueues } from './key-queues.js';
import { CONSUMER_TABLES } from '../messaging-tables.js';
import { PartitionProgress } from './partition-progress.js';
import type { PartitionBatch, PartitionLag, Received, Subscription } from '../transport.js';
import { Notifier } from '../notifier.js';
import { keepWatch } from './watchdog.js';

/** How often progress is committed, at most. */
const COMMIT_EVERY_MS = 100;

/** Wait after what the database or the transport did not do, until it is asked again. */
const AGAIN_MS = 500;

/**
 * Handles every message of the topics once in effect: the inbox row of a message is written in the transaction of its effect. A failure is tried again,
 * then the message goes to the dead letters; meanwhile only its own key waits, or with retry topics none.
 *
 * @throws `TABLE_UNFIT` or `MISSING_TABLE`; `UNKNOWN_TOPIC`; `TRANSPORT_UNAVAILABLE`, retriable.
 * @example
 * const handler: MessageHandler = { name: 'count-seats', handle: async (message) => console.log(message.data) };
 * const consumer = await startConsumer({ database, transport, group: 'stock', topics: ['seats'], handlers: { SeatTaken: handler } });
 */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  await requireFitOnce(options.database, CONSUMER_TABLES);
  const running = new RunningConsumer(options);
  await running.begin();
  return running;
}

/** A listener that fails must not end the consuming. */
function tellSafely(onEvent: ConsumerOptions['onEvent']): ConsumerOptions['onEvent'] {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // It was told; there is nobody else to tell.
    }
  };
}

class RunningConsumer implements Consumer {
  readonly #options: ConsumerOptions;
  readonly #stopping = new AbortController();
  readonly #progress = new Map<
    AbortSignal,
    { progress: PartitionProgress; batch: PartitionBatch; timer?: NodeJS.Timeout }
  >();
  readonly #queues: KeyQueues<Delivery>;
  readonly #settings: ConsumerSettings;
  /** Rings when a message is done. */
  readonly #capacity = new Notifier(this.#stopping.signal);
  #subscription: Subscription | undefined;
  #watch: { stop(): Promise<void> } | undefined;
  /** When a batch came, or a message was done, of which the commit may still be under way. */
  #lastMoveMs = performance.now();
  #stopped: Promise<void> | undefined;

  constructor(given: ConsumerOptions) {
    const options = { ...given, onEvent: tellSafely(given.onEvent) };
    this.#options = options;
    const retry = options.retry ?? blockingRetry;
    this.#settings = { ...options, retry, signal: this.#stopping.signal };
    this.#queues = new KeyQueues({ concurrency: options.concurrency ?? 16, run: (delivery) => this.#run(delivery) });
  }

  async begin(): Promise<void> {
    await this.#subscribe();
    this.#watch = keepWatch({
      everyMs: this.#options.watchdogMs ?? 30_000,
      isQuiet: (sinceMs) => this.#lastMoveMs < sinceMs && this.#inFlight() === 0,
      lag: () => this.#lag(),
      onStalled: async (lag) => {
        this.#options.onEvent?.({ kind: 'stalled', lag });
        await this.#subscribeAnew();
      },
      onError: (error) => this.#options.onEvent?.({ kind: 'failed', error }),
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#stopping.abort();
    await this.#watch?.stop();
    await this.#queues.stop();
    await Promise.all([...this.#progress.keys()].map((signal) => this.#commit(signal)));
    await this.#subscription?.stop();
  }

  async #subscribe(): Promise<void> {
    const { transport, group, onEvent } = this.#options;
    this.#subscription = await transport.subscribe({
      group,
      topics: this.#topics(),
      onBatch: (batch) => this.#take(batch),
      onError: (error) => onEvent?.({ kind: 'failed', error }),
    });
  }

  /** Tried until it succeeds: nobody watches a consumer without a subscription. */
  async #subscribeAnew(): Promise<void> {
    await this.#subscription?.stop();
    await this.#insist(() => this.#subscribe());
  }

  #topics(): string[] {
    const { topics, group } = this.#options;
    return this.#settings.retry.kind === 'retry-topic' ? [...topics, retryTopicOf(group)] : [...topics];
  }

  /** Of the partitions that are this consumer's: others may be as busy as they like. */
  async #lag(): Promise<number> {
    const mine = this.#subscription?.holds() ?? [];
    const lags = await this.#options.transport.lag(this.#options.group, this.#topics());
    const isMine = (of: PartitionLag): boolean =>
      mine.some(({ topic, partition }) => topic === of.topic && partition === of.partition);
    return lags.filter(isMine).reduce((sum, { lag }) => sum + lag, 0);
  }

  /** Resolves when there is capacity for more of the partition. */
  async #take(batch: PartitionBatch): Promise<void> {
    this.#lastMoveMs = performance.now();
    const ids = batch.messages.map(idOf);
    const settled = await this.#insist(() => findSettled(this.#settings, ids), batch.signal);
    if (settled === undefined) return;
    const { progress } = this.#progressOf(batch);
    for (const received of batch.messages) {
      progress.begin(received.offset);
      const isSettled = settled.has(idOf(received));
      this.#queues.push(this.#queueOf(received), {
        received,
        batch,
        isSettled,
        failures: 0,
        firstFailureAt: undefined,
        takenAtMs: performance.now(),
      });
    }
    const most = this.#options.maxInFlight ?? 1000;
    while (progress.size > most && !batch.signal.aborted && !this.#stopping.signal.aborted) {
      await this.#capacity.notifiedAfter(this.#capacity.count);
    }
  }

  /** What is tried again later by way of a topic waits for nobody and holds up nobody. */
  #queueOf({ topic, key, partition, offset }: Received): string {
    return topic === retryTopicOf(this.#options.group) ? `${topic} ${partition} ${offset}` : key;
  }

  /** Does it until it succeeds; undefined when the consumer is stopped, or the batch lost, before it has. */
  async #insist<T>(work: () => Promise<T>, lost?: AbortSignal): Promise<T | undefined> {
    const isOver = (): boolean => this.#stopping.signal.aborted || lost?.aborted === true;
    while (!isOver()) {
      try {
        const result = await work();
        return isOver() ? undefined : result;
      } catch (error) {
        this.#options.onEvent?.({ kind: 'failed', error });
        await this.#capacity.notifiedWithin(this.#capacity.count, AGAIN_MS);
      }
    }
    return undefined;
  }

  #progressOf(batch: PartitionBatch): { progress: PartitionProgress; batch: PartitionBatch; timer?: NodeJS.Timeout } {
    const known = this.#progress.get(batch.signal);
    if (known !== undefined) return known;
    const created = { progress: new PartitionProgress(), batch };
    this.#progress.set(batch.signal, created);
    onAbort(batch.signal, () => this.#forget(batch.signal));
    return created;
  }

  #forget(signal: AbortSignal): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#progress.get(signal)?.timer);
    this.#progress.delete(signal);
    this.#capacity.notify();
  }

  async #run(delivery: Delivery): Promise<{ kind: 'done' } | { kind: 'again'; inMs: number }> {
    const { batch, received } = delivery;
    if (batch.signal.aborted) return { kind: 'done' };
    const result = await handleDelivery(this.#settings, delivery);
    if (result.kind === 'again') return result;
    this.#progress.get(batch.signal)?.progress.end(received.offset);
    this.#lastMoveMs = performance.now();
    this.#commitIn(batch.signal, COMMIT_EVERY_MS);
    this.#capacity.notify();
    return result;
  }

  #commitIn(signal: AbortSignal, ms: number): void {
    const partition = this.#progress.get(signal);
    if (partition !== undefined) partition.timer ??= setTimeout(() => void this.#commit(signal), ms);
  }

  async #commit(signal: AbortSignal): Promise<void> {
    const partition = this.#progress.get(signal);
    if (partition === undefined) return;
    clearTimeout(partition.timer);
    delete partition.timer;
    const offset = partition.progress.takeCommit();
    if (offset === undefined) return;
    // A commit that is lost makes duplicates, which the inbox finds.
    try {
      await partition.batch.commit(offset);
    } catch (error) {
      this.#options.onEvent?.({ kind: 'failed', error });
      partition.progress.takeBack(offset);
      if (!this.#stopping.signal.aborted) this.#commitIn(signal, AGAIN_MS);
    }
  }

  #inFlight(): number {
    return [...this.#progress.values()].reduce((sum, { progress }) => sum + progress.size, 0);
  }
}
