import { AssignedPartitions } from './assigned-partitions.js';
import type { BatchHandler } from './batch-handler.js';
import { type Delivery, idOf } from './delivery.js';
import { type BatchLanes, KeyQueues, type RunResult } from './key-queues.js';
import { Notifier } from '../notifier.js';
import type { PartitionAssignment, PartitionBatch, Received } from '../transport.js';

/** Settings of {@link ConsumerLoop}. */
export interface ConsumerLoopOptions {
  /** Most messages and batches that are handled at once. */
  concurrency: number;
  /** Most messages of a partition that are taken and not done. */
  maxInFlight: number;
  /** The topic of the group's own retries. */
  retryTopic: string;
  /** Fires when the consumer stops. */
  stopping: AbortSignal;
  /** Resolves with those ids that are already handled or dead letters. */
  findSettled(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether a message is done without being handled. */
  skips?(received: Received): boolean;
  /** What can be handled in a batch. Default: nothing. */
  batchOf?(received: Received): Delivery['batch'];
  /** Handles a message alone, or says when to try again. It must not reject. */
  handle(delivery: Delivery): Promise<RunResult>;
  /** How messages are handled in batches. */
  lanes?: BatchLanes<Delivery, BatchHandler> | undefined;
  /** Called with errors that hold up all messages. */
  onError(error: unknown): void;
}

const DONE: RunResult = { kind: 'done' };

/** Wait after a failure of the database or the transport, before the next try. */
const AGAIN_MS = 500;

/** Puts each message behind the others of its key, handles it, and commits how far each partition is done. */
export class ConsumerLoop {
  readonly #options: ConsumerLoopOptions;
  readonly #partitions: AssignedPartitions;
  readonly #queues: KeyQueues<Delivery, BatchHandler>;
  /** Notifies when a message is done. */
  readonly #capacity: Notifier;
  /** When the last batch came or the last message was done. Its commit may still be under way. */
  #lastMoveMs = performance.now();
  #hasRefused = false;

  constructor(options: ConsumerLoopOptions) {
    const { stopping, onError, concurrency, lanes } = options;
    this.#options = options;
    this.#capacity = new Notifier(stopping);
    this.#partitions = new AssignedPartitions({ stopping, onError, onLost: () => this.#capacity.notify() });
    this.#queues = new KeyQueues({
      concurrency,
      run: (delivery) => this.#run(delivery),
      lanes: lanes && this.#whileAssigned(lanes),
    });
  }

  /** True when nothing has come since that moment of `performance.now()` and nothing is under way. */
  isQuiet(sinceMs: number): boolean {
    return this.#lastMoveMs < sinceMs && this.#partitions.inFlight === 0;
  }

  /** A batch of a second assignment was not taken. Its subscription does not deliver it again. */
  get hasRefused(): boolean {
    return this.#hasRefused;
  }

  /** Call it when another subscription delivers what was not taken. */
  forgetRefused(): void {
    this.#hasRefused = false;
  }

  /**
   * Takes a batch; resolves when there is capacity for more of the partition. A batch of a second assignment of the
   * partition is not taken, nor one of an assignment that is over.
   */
  async take({ assignment, messages }: PartitionBatch): Promise<void> {
    const { maxInFlight, stopping } = this.#options;
    if (stopping.aborted) return;
    const progress = this.#partitions.progressOf(assignment);
    if (progress === undefined) {
      this.#hasRefused ||= !assignment.signal.aborted;
      return;
    }
    this.#lastMoveMs = performance.now();
    const skipped = new Set(messages.filter((received) => this.#options.skips?.(received)));
    const meant = messages.filter((received) => !skipped.has(received));
    const deliveries = meant.map((received) => this.#toDelivery(received, assignment));
    const asked = deliveries.filter(isAskedFor);
    const ids = asked.map((delivery) => idOf(delivery.received));
    const settled = await this.insist(() => this.#options.findSettled(ids), assignment.signal);
    if (settled === undefined) return;
    for (const delivery of asked) delivery.isSettled = settled.has(idOf(delivery.received));
    for (const { offset } of messages) progress.begin(offset);
    for (const { offset } of skipped) this.#partitions.end(assignment, offset);
    this.#queues.push(deliveries.map((delivery) => [this.#queueOf(delivery.received), delivery]));
    while (progress.size > maxInFlight && !assignment.signal.aborted && !stopping.aborted) {
      await this.#capacity.notifiedAfter(this.#capacity.count);
    }
  }

  /** Repeats `work` until it succeeds. Undefined when the consumer stops or the batch is lost before that. */
  async insist<T>(work: () => Promise<T>, lost?: AbortSignal): Promise<T | undefined> {
    const isOver = (): boolean => this.#options.stopping.aborted || lost?.aborted === true;
    while (!isOver()) {
      try {
        const result = await work();
        return isOver() ? undefined : result;
      } catch (error) {
        this.#options.onError(error);
        await this.#capacity.notifiedWithin(this.#capacity.count, AGAIN_MS);
      }
    }
    return undefined;
  }

  /** Waits for the messages being handled, forgets the rest, and commits the progress. */
  async end(): Promise<void> {
    await this.#queues.stop();
    await this.#partitions.commitAll();
  }

  /** A message of the retry topic has a queue of its own. It waits for no other message and holds up none. */
  #queueOf({ topic, key, partition, offset }: Received): string {
    return topic === this.#options.retryTopic ? `${topic} ${partition} ${offset}` : key;
  }

  #toDelivery(received: Received, assignment: PartitionAssignment): Delivery {
    return {
      received,
      assignment,
      isSettled: false,
      failures: 0,
      firstFailureAt: undefined,
      takenAtMs: performance.now(),
      batch: received.topic === this.#options.retryTopic ? undefined : this.#options.batchOf?.(received),
    };
  }

  async #run(delivery: Delivery): Promise<RunResult> {
    if (delivery.assignment.signal.aborted) return DONE;
    return this.#end(delivery, await this.#options.handle(delivery));
  }

  /** The same lanes without deliveries whose partition is lost. */
  #whileAssigned(lanes: BatchLanes<Delivery, BatchHandler>): BatchLanes<Delivery, BatchHandler> {
    return {
      ...lanes,
      prepare: async (delivery) => {
        if (delivery.assignment.signal.aborted) return DONE;
        const result = await lanes.prepare(delivery);
        return result && this.#end(delivery, result);
      },
      runBatch: async (handler, deliveries, release) => {
        const mine = deliveries.filter(({ assignment }) => !assignment.signal.aborted);
        const results = await lanes.runBatch(handler, mine, release);
        const ends = new Map(mine.map((delivery, index) => [delivery, this.#end(delivery, results[index]!)]));
        return deliveries.map((delivery) => ends.get(delivery) ?? DONE);
      },
    };
  }

  #end({ assignment, received }: Delivery, result: RunResult): RunResult {
    if (result.kind === 'again') return result;
    this.#partitions.end(assignment, received.offset);
    this.#lastMoveMs = performance.now();
    this.#capacity.notify();
    return result;
  }
}

/** Of messages that go into a batch at once, the notes of the batch tell which were handled. */
function isAskedFor({ batch }: Delivery): boolean {
  return batch === undefined || batch.handler.prepare !== undefined;
}
