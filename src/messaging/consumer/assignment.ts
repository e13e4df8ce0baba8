import { onAbort } from '../../abort/on-abort.js';
import { CommitSchedule } from './commit-schedule.js';
import { PartitionProgress } from './partition-progress.js';
import type { PartitionBatch } from '../transport.js';

/** Settings of {@link Assignment}. */
export interface AssignmentOptions {
  /** Fires when the consumer stops. Partitions that are lost after that are kept for the last commit. */
  stopping: AbortSignal;
  onError(error: unknown): void;
  /** A partition was taken from this consumer. */
  onLost(): void;
}

interface AssignedPartition {
  progress: PartitionProgress;
  commits: CommitSchedule;
}

/**
 * The partitions of this consumer, each with its progress. All batches of a partition have the same signal until the
 * partition is lost.
 */
export class Assignment {
  readonly #options: AssignmentOptions;
  readonly #partitions = new Map<AbortSignal, AssignedPartition>();

  constructor(options: AssignmentOptions) {
    this.#options = options;
  }

  /** Messages of all partitions that are taken and not done. */
  get inFlight(): number {
    return [...this.#partitions.values()].reduce((sum, { progress }) => sum + progress.size, 0);
  }

  /** The progress of a batch's partition, from now on until it is lost. */
  progressOf(batch: PartitionBatch): PartitionProgress {
    return (this.#partitions.get(batch.signal) ?? this.#add(batch)).progress;
  }

  /** Notes that a message is done. When the partition is lost, nothing happens. */
  end({ signal }: Pick<PartitionBatch, 'signal'>, offset: bigint): void {
    const partition = this.#partitions.get(signal);
    partition?.progress.end(offset);
    partition?.commits.soon();
  }

  /** Commits the progress of every partition. It never rejects. */
  async commitAll(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map(({ commits }) => commits.now()));
  }

  #add(batch: PartitionBatch): AssignedPartition {
    const progress = new PartitionProgress();
    const commits = new CommitSchedule({
      takeCommit: () => progress.takeCommit(),
      takeBack: (offset) => progress.takeBack(offset),
      commit: (offset) => batch.commit(offset),
      onError: this.#options.onError,
      stopping: this.#options.stopping,
    });
    const added = { progress, commits };
    this.#partitions.set(batch.signal, added);
    onAbort(batch.signal, () => this.#forget(batch.signal));
    return added;
  }

  #forget(signal: AbortSignal): void {
    if (this.#options.stopping.aborted) return;
    this.#partitions.get(signal)?.commits.end();
    this.#partitions.delete(signal);
    this.#options.onLost();
  }
}
