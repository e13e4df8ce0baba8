import { AssignedPartitions } from './assigned-partitions.js';
import { type Delivery, idOf } from './delivery.js';
import { KeyQueues, type RunResult } from './key-queues.js';
import { Notifier } from '../notifier.js';
import type { PartitionBatch, Received } from '../transport.js';

/** Settings of {@link ConsumerLoop}. */
export interface ConsumerLoopOptions {
  /** Most messages that are handled at once, each of another key. */
  concurrency: number;
  /** Most messages of a partition that are taken and not done. */
  maxInFlight: number;
  /** The topic of the group's own retries. */
  retryTopic: string;
  /** Fires when the consumer stops. */
  stopping: AbortSignal;
  /** Resolves with those ids that are already handled or dead letters. */
  findSettled(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Handles a message, or says when to try again. It must not reject. */
  handle(delivery: Delivery): Promise<RunResult>;
  /** Called with errors that hold up all messages. */
  onError(error: unknown): void;
}

/** Wait after a failure of the database or the transport, before the next try. */
const AGAIN_MS = 500;

/** Puts each message behind the others of its key, handles it, and commits how far each partition is done. */
export class ConsumerLoop {
  readonly #options: ConsumerLoopOptions;
  readonly #partitions: AssignedPartitions;
  readonly #queues: KeyQueues<Delivery>;
  /** Notifies when a message is done. */
  readonly #capacity: Notifier;
  /** When the last batch came or the last message was done. Its commit may still be under way. */
  #lastMoveMs = performance.now();
  #hasRefused = false;

  constructor(options: ConsumerLoopOptions) {
    const { stopping, onError, concurrency } = options;
    this.#options = options;
    this.#capacity = new Notifier(stopping);
    this.#partitions = new AssignedPartitions({ stopping, onError, onLost: () => this.#capacity.notify() });
    this.#queues = new KeyQueues({ concurrency, run: (delivery) => this.#run(delivery) });
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
    const ids = messages.map(idOf);
    const settled = await this.insist(() => this.#options.findSettled(ids), assignment.signal);
    if (settled === undefined) return;
    for (const received of messages) {
      progress.begin(received.offset);
      const isSettled = settled.has(idOf(received));
      this.#queues.push(this.#queueOf(received), {
        received,
        assignment,
        isSettled,
        failures: 0,
        firstFailureAt: undefined,
        takenAtMs: performance.now(),
      });
    }
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

  async #run(delivery: Delivery): Promise<RunResult> {
    const { assignment, received } = delivery;
    if (assignment.signal.aborted) return { kind: 'done' };
    const result = await this.#options.handle(delivery);
    if (result.kind === 'again') return result;
    this.#partitions.end(assignment, received.offset);
    this.#lastMoveMs = performance.now();
    this.#capacity.notify();
    return result;
  }
}
