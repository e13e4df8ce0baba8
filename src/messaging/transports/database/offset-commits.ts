import { type LeaseHolder, type LeasedOffset, type LeasedPartition, commitOffsets } from './partition-leases.js';

interface Waiting extends LeasedOffset {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Stores the offsets of a subscription. Those that are committed together, or while others are being stored, are stored
 * in one statement.
 */
export class OffsetCommits {
  readonly #holder: LeaseHolder;
  #waiting: Waiting[] = [];
  #isStoring = false;

  constructor(holder: LeaseHolder) {
    this.#holder = holder;
  }

  /** Resolves when the offset, or a larger one of the same lease, is stored. */
  commit(lease: LeasedPartition, offset: bigint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lease, offset, resolve, reject });
      if (this.#isStoring) return;
      this.#isStoring = true;
      setImmediate(() => void this.#storeAll());
    });
  }

  async #storeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0);
      try {
        await commitOffsets(this.#holder, largestOf(taken));
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    this.#isStoring = false;
  }
}

/** The largest offset of each lease, in the order of the primary key, so that two subscriptions never deadlock. */
function largestOf(offsets: readonly LeasedOffset[]): LeasedOffset[] {
  const largest = new Map<LeasedPartition, bigint>();
  for (const { lease, offset } of offsets) {
    if (offset > (largest.get(lease) ?? -1n)) largest.set(lease, offset);
  }
  return [...largest]
    .map(([lease, offset]) => ({ lease, offset }))
    .sort(({ lease: a }, { lease: b }) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    );
}
