import { onAbort } from '../../abort/on-abort.js';
import { TablepickError } from '../../errors.js';
import { CommitSchedule } from './commit-schedule.js';
import { PartitionProgress } from './partition-progress.js';
import type { PartitionAssignment } from '../transport.js';

/** Settings of {@link AssignedPartitions}. */
export interface AssignedPartitionsOptions {
  /** Fires when the consumer stops. Partitions that are lost after that are kept for the last commit. */
  stopping: AbortSignal;
  onError(error: unknown): void;
  /** A partition was taken from this consumer. */
  onLost(): void;
}

interface AssignedPartition {
  assignment: PartitionAssignment;
  progress: PartitionProgress;
}

/** A partition and the offset to commit. */
type Taken = readonly [AssignedPartition, bigint];

/** The partitions of this consumer, each with its progress. A partition has one assignment until it is lost. */
export class AssignedPartitions {
  readonly #options: AssignedPartitionsOptions;
  readonly #partitions = new Map<string, AssignedPartition>();
  /** One schedule for all partitions, so that a transport can store their progress together. */
  readonly #commits: CommitSchedule<Taken[]>;

  constructor(options: AssignedPartitionsOptions) {
    this.#options = options;
    this.#commits = new CommitSchedule({
      takeCommit: () => this.#takeCommits(),
      takeBack: (taken) => taken.forEach(([{ progress }, offset]) => progress.takeBack(offset)),
      commit: (taken) => this.#commit(taken),
      onError: options.onError,
      stopping: options.stopping,
    });
  }

  /** Messages of all partitions that are taken and not done. */
  get inFlight(): number {
    return [...this.#partitions.values()].reduce((sum, { progress }) => sum + progress.size, 0);
  }

  /**
   * The progress of an assignment, from now on until it is lost. Undefined when it is lost already. Undefined, too,
   * while the partition has another one: two of them would commit past each other's messages. That is told as an error.
   */
  progressOf(assignment: PartitionAssignment): PartitionProgress | undefined {
    if (assignment.signal.aborted) return undefined;
    const partition = this.#partitions.get(nameOf(assignment)) ?? this.#add(assignment);
    if (partition.assignment === assignment) return partition.progress;
    this.#options.onError(secondAssignment(assignment));
    return undefined;
  }

  /** Notes that a message is done. When the assignment is lost, nothing happens. */
  end(assignment: PartitionAssignment, offset: bigint): void {
    const partition = this.#partitions.get(nameOf(assignment));
    if (partition?.assignment !== assignment) return;
    partition.progress.end(offset);
    this.#commits.soon();
  }

  /** Commits the progress of every partition. It never rejects. */
  async commitAll(): Promise<void> {
    await this.#commits.now();
  }

  #add(assignment: PartitionAssignment): AssignedPartition {
    const added = { assignment, progress: new PartitionProgress() };
    this.#partitions.set(nameOf(assignment), added);
    onAbort(assignment.signal, () => this.#forget(added));
    return added;
  }

  #takeCommits(): Taken[] | undefined {
    const taken = [...this.#partitions.values()].flatMap((partition): Taken[] => {
      const offset = partition.progress.takeCommit();
      return offset === undefined ? [] : [[partition, offset]];
    });
    return taken.length === 0 ? undefined : taken;
  }

  /** When it rejects, `taken` has only those left that were not committed. Lost partitions do not count as failed. */
  async #commit(taken: Taken[]): Promise<void> {
    const commits = taken.map(([{ assignment }, offset]) => assignment.commit(offset));
    const results = await Promise.allSettled(commits);
    const failed = taken.flatMap((each, place) => {
      const result = results[place]!;
      return result.status === 'rejected' && this.#has(each[0]) ? [[each, result.reason as unknown] as const] : [];
    });
    taken.splice(0, taken.length, ...failed.map(([each]) => each));
    const [first, ...others] = failed;
    if (first === undefined) return;
    for (const [, error] of others) if (error !== first[1]) this.#options.onError(error);
    throw first[1];
  }

  #has(partition: AssignedPartition): boolean {
    return this.#partitions.get(nameOf(partition.assignment)) === partition;
  }

  #forget(lost: AssignedPartition): void {
    if (this.#options.stopping.aborted) return;
    this.#partitions.delete(nameOf(lost.assignment));
    this.#options.onLost();
  }
}

function nameOf({ topic, partition }: PartitionAssignment): string {
  return `${partition} ${topic}`;
}

function secondAssignment({ topic, partition }: PartitionAssignment): TablepickError {
  const doing = `a batch of ${topic}/${partition} carries a second assignment while the first one lasts`;
  return new TablepickError('TRANSPORT_FAILED', `${doing}; its messages are not handled`, {
    hint: 'the transport breaks its contract: check it with runTransportSuite of tablepick/testing',
  });
}
