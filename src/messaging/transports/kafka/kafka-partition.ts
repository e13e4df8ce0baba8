import type { PartitionBatch, Received } from '../../transport.js';

/** What one partition of a subscription works with. */
export interface PartitionWork {
  topic: string;
  partition: number;
  /** Resolves when the subscription has ended with this partition's batch of an earlier time. */
  after: Promise<void>;
  deliver(batch: PartitionBatch): Promise<void>;
  /** Resolves with whether the brokers took it. */
  store(offset: bigint): Promise<boolean>;
  /** Stops fetching from the partition, or goes on. */
  pause(): void;
  resume(): void;
}

/** How long a subscription that stops waits for what its last batches commit. */
const LAST_COMMIT_MS = 3000;

/**
 * A partition from when it was assigned until it is lost: delivers its batches one after the other. While one is under
 * way, the next is fetched and waits here, and no more than that; so a batch that takes long holds up nothing but its
 * partition, and one that is quick does not wait for a fetch.
 */
export class AssignedPartition {
  readonly #work: PartitionWork;
  readonly #ending = new AbortController();
  readonly #waiting: Received[][] = [];
  #ended: Promise<void> = Promise.resolve();
  #isDelivering = false;
  #isPaused = false;
  #isLost = false;
  #position: bigint | undefined;
  /** What was to be committed, and what was. */
  #wanted = -1n;
  #stored = -1n;
  #storing: Promise<void> | undefined;
  #isPastWaiting = false;
  #waitNoLonger = (): void => {};

  constructor(work: PartitionWork) {
    this.#work = work;
  }

  get place(): { topic: string; partition: number } {
    const { topic, partition } = this.#work;
    return { topic, partition };
  }

  /** The offset behind what was taken; undefined before anything was. */
  get position(): bigint | undefined {
    return this.#position;
  }

  /** Resolves when no batch is under way. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Takes what was fetched, but for what it took before. */
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

  /** Ends it while it is the subscription's: what is under way may still be committed. */
  end(): void {
    this.#ending.abort();
    setTimeout(() => this.#endWaiting(), LAST_COMMIT_MS).unref();
  }

  /** It is somebody else's from now on. */
  lose(): void {
    this.#isLost = true;
    this.#ending.abort();
    this.#endWaiting();
  }

  /** Commits what could not be while the group shared out its partitions anew. */
  async storeAgain(): Promise<void> {
    if (this.#wanted <= this.#stored || this.#isPastWaiting) return;
    this.#storing ??= new Promise((resolve) => {
      this.#waitNoLonger = resolve;
      void this.#storeWanted().then(resolve);
    });
    await this.#storing;
  }

  async #deliverAll(): Promise<void> {
    const { topic, partition, after, deliver } = this.#work;
    const { signal } = this.#ending;
    const commit = (offset: bigint): Promise<void> => this.#commit(offset);
    this.#isDelivering = true;
    await after;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const messages = this.#waiting.shift()!;
      this.#setPaused(false);
      await deliver({ topic, partition, messages, commit, signal });
    }
    this.#isDelivering = false;
  }

  #setPaused(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return;
    this.#isPaused = isPaused;
    if (isPaused) this.#work.pause();
    else this.#work.resume();
  }

  /** One request at a time; who commits meanwhile waits for one more, with the largest offset. */
  async #commit(offset: bigint): Promise<void> {
    if (offset > this.#wanted) this.#wanted = offset;
    await this.storeAgain();
  }

  /** Who commits is not kept waiting for brokers that do not answer. */
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
