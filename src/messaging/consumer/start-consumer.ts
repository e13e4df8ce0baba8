import { requireFitOnce } from '../../database/fit/require-fit-once.js';
import type { Consumer, ConsumerOptions } from './consumer.js';
import { retryTopicOf } from './consumer.js';
import { ConsumerLoop } from './consumer-loop.js';
import type { ConsumerSettings } from './delivery.js';
import { findBatch } from './find-handler.js';
import { handleBatch, laneOf, needsPreparing, prepareDelivery } from './handle-batch.js';
import { handleDelivery } from './handle-delivery.js';
import { blockingRetry } from './handler.js';
import { findSettled } from './inbox.js';
import { CONSUMER_TABLES } from '../messaging-tables.js';
import { lookUpsOf } from './look-ups.js';
import { lastingUntil } from '../lasting-until.js';
import type { PartitionLag, Subscription } from '../transport.js';
import { skipIgnored } from './settled-deliveries.js';
import { keepWatch } from './watchdog.js';

/**
 * Handles every message of the topics once in effect, because the inbox row of a message is written in the transaction
 * of its effect. When a message fails, it is tried again, and then it goes to the dead letters. Meanwhile only its own
 * key waits. With retry topics, no key waits.
 *
 * @throws `TABLE_UNFIT` or `MISSING_TABLE`; `UNKNOWN_TOPIC`; `TRANSPORT_UNAVAILABLE`, retriable.
 * @example
 * const handler: MessageHandler = { name: 'count-seats', handle: async (message) => console.log(message.data) };
 * const handlers = { SeatTaken: handler };
 * const consumer = await startConsumer({ database, transport, group: 'stock', topics: ['seats'], handlers });
 */
export async function startConsumer(options: ConsumerOptions): Promise<Consumer> {
  await requireFitOnce(options.database, CONSUMER_TABLES);
  const running = new RunningConsumer(options);
  await running.begin();
  return running;
}

/** A listener that fails must not end the consuming. */
function tellSafely(onEvent: ConsumerOptions['onEvent']): NonNullable<ConsumerOptions['onEvent']> {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // The event was reported. There is nobody else to report the error to.
    }
  };
}

class RunningConsumer implements Consumer {
  readonly #settings: ConsumerSettings;
  readonly #stopping = new AbortController();
  readonly #loop: ConsumerLoop;
  readonly #onError: (error: unknown) => void;
  #subscription: Subscription | undefined;
  /** Fires when that subscription is to be replaced. All its assignments end with it. */
  #over = new AbortController();
  #watch: { stop(): Promise<void> } | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: ConsumerOptions) {
    const onEvent = tellSafely(options.onEvent);
    const stopping = this.#stopping.signal;
    const lookUps = lookUpsOf(options, stopping);
    const settings = { ...options, onEvent, retry: options.retry ?? blockingRetry, signal: stopping, lookUps };
    this.#settings = settings;
    this.#onError = (error) => onEvent({ kind: 'failed', error });
    this.#loop = new ConsumerLoop({
      concurrency: options.concurrency ?? 16,
      maxInFlight: options.maxInFlight ?? 1000,
      retryTopic: retryTopicOf(options.group),
      stopping,
      findSettled: (ids) => findSettled(settings, ids),
      skips: (received) => skipIgnored(settings, received),
      batchOf: (received) => findBatch(settings, received),
      handle: (delivery) => handleDelivery(settings, delivery),
      lanes: {
        mostPerBatch: options.mostPerBatch ?? 500,
        prepareConcurrency: options.prepareConcurrency ?? 64,
        laneOf,
        needsPreparing,
        prepare: (delivery) => prepareDelivery(settings, delivery),
        runBatch: (handler, deliveries, release) => handleBatch(settings, handler, { deliveries, release }),
      },
      onError: this.#onError,
    });
  }

  async begin(): Promise<void> {
    await this.#subscribe();
    this.#watch = keepWatch({
      everyMs: this.#settings.watchdogMs ?? 30_000,
      seemsStalled: (sinceMs) => this.#loop.hasRefused || this.#loop.isQuiet(sinceMs),
      lag: () => this.#lag(),
      onStalled: async (lag) => {
        this.#settings.onEvent?.({ kind: 'stalled', lag });
        await this.#subscribeAnew();
      },
      onError: this.#onError,
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #end(): Promise<void> {
    this.#stopping.abort();
    await this.#watch?.stop();
    await this.#loop.end();
    await this.#subscription?.stop();
  }

  async #subscribe(): Promise<void> {
    const { transport, group } = this.#settings;
    this.#endAssignments();
    const lasting = lastingUntil(this.#over.signal);
    this.#subscription = await transport.subscribe({
      group,
      topics: this.#topics(),
      onBatch: ({ assignment, messages }) => this.#loop.take({ assignment: lasting(assignment), messages }),
      onError: this.#onError,
    });
  }

  /** Tries until it succeeds, because nobody watches a consumer without a subscription. */
  async #subscribeAnew(): Promise<void> {
    this.#endAssignments();
    await this.#subscription?.stop();
    await this.#loop.insist(() => this.#subscribe());
  }

  #endAssignments(): void {
    this.#over.abort();
    this.#over = new AbortController();
    this.#loop.forgetRefused();
  }

  #topics(): string[] {
    const { topics, group, retry } = this.#settings;
    return retry.kind === 'retry-topic' ? [...topics, retryTopicOf(group)] : [...topics];
  }

  /** The lag of this consumer's own partitions. The others do not count. */
  async #lag(): Promise<number> {
    const { transport, group } = this.#settings;
    const mine = this.#subscription?.holds() ?? [];
    const lags = await transport.lag(group, this.#topics());
    const isMine = (of: PartitionLag): boolean =>
      mine.some(({ topic, partition }) => topic === of.topic && partition === of.partition);
    return lags.filter(isMine).reduce((sum, { lag }) => sum + lag, 0);
  }
}
