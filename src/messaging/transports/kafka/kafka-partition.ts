import type { PartitionAssignment, PartitionBatch, Received } from '../../transport.js';

/** Settings of {@link AssignedPartition}. */
export interface PartitionWork {
  topic: string;
  partition: number;
  /** Resolves when the batch of this partition's earlier assignment has ended. */
  after: Promise<void>;
  deliver(batch: PartitionBatch): Promise<void>;
  /** Resolves with true when the brokers took it. */
  store(offset: bigint): Promise<boolean>;
  /** Stops fetching from the partition, until `resume` is called. */
  pause(): void;
  resume(): void;
}

/** When a subscription stops, it waits this long for the commits of its last batches. */
const LAST_COMMIT_MS = 3000;

/**
 * A partition from its assignment until it is lost. It delivers its batches one after another. While one is under way,
 * only the next one is fetched and waits here. So a slow batch holds up only its own partition, and a quick batch does
 * not wait for a fetch.
 */
export class AssignedPartition {
  readonly #work: PartitionWork;
  readonly #ending = new AbortController();
  readonly #assignment: PartitionAssignment;
  readonly #waiting: Received[][] = [];
  #ended: Promise<void> = Promise.resolve();
  #isDelivering = false;
  #isPaused = false;
  #isLost = false;
  #position: bigint | undefined;
  /** The offset to commit, and the offset that is committed. */
  #wanted = -1n;
  #stored = -1n;
  #storing: Promise<void> | undefined;
  #isPastWaiting = false;
  #waitNoLonger = (): void => {};

  constructor(work: PartitionWork) {
    this.#work = work;
    const { topic, partition } = work;
    const commit = (offset: bigint): Promise<void> => this.#commit(offset);
    this.#assignment = { topic, partition, signal: this.#ending.signal, commit };
  }

  get place(): { topic: string; partition: number } {
    const { topic, partition } = this.#work;
    return { topic, partition };
  }

  /** The offset behind the last message taken. Undefined before the first. */
  get position(): bigint | undefined {
    return this.#position;
  }

  /** Resolves when no batch is under way. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Takes fetched messages, except those it took before. */
  take(messages: readonly Received[], position: bigint): void {
    const from = this.#position ?? 0n;
    if (position <= from || this.#ending.signal.aborted) return;
    this.#position = position;
    const fresh = messages.filter(({ offset }) => offset >= from);
    if (fresh.length === 0) return;
    this.#waiting.push(fresh);
    if (this.#isDelivering) this.#setPaused(true);
    else this.#ended = this.#deliverAll();
  }

  /** Ends it while the subscription still has the partition. Messages under way may still be committed. */
  end(): void {
    this.#ending.abort();
    setTimeout(() => this.#endWaiting(), LAST_COMMIT_MS).unref();
  }

  /** Another member has the partition from now on. */
  lose(): void {
    this.#isLost = true;
    this.#ending.abort();
    this.#endWaiting();
  }

  /** Commits an offset that could not be committed while the group shared out its partitions anew. */
  async storeAgain(): Promise<void> {
    if (this.#wanted <= this.#stored || this.#isPastWaiting) return;
    this.#storing ??= new Promise((resolve) => {
      this.#waitNoLonger = resolve;
      void this.#storeWanted().then(resolve);
    });
    await this.#storing;
  }

  async #deliverAll(): Promise<void> {
    const { after, deliver } = this.#work;
    const { signal } = this.#ending;
    this.#isDelivering = true;
    await after;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const messages = this.#waiting.shift()!;
      this.#setPaused(false);
      await deliver({ assignment: this.#assignment, messages });
    }
    this.#isDelivering = false;
  }

  #setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#work.pause();
    else this.#work.resume();
  }

  /** Sends one request at a time. Commits made meanwhile wait for one more request, with the largest offset. */
  async #commit(offset: bigint): Promise<void> {
    if (offset > this.#wanted) this.#wanted = offset;
    await this.storeAgain();
  }

  /** Ends the wait of callers that commit, when brokers do not answer. */
  #endWaiting(): void {
    this.#isPastWaiting = true;
    this.#waitNoLonger();
  }

  async #storeWanted(): Promise<void> {
    while (this.#wanted > this.#stored && !this.#isLost) {
      const offset = this.#wanted;
      if (!(await this.#work.store(offset))) break;
      this.#stored = offset;
    }
    this.#storing = undefined;
  }
}
