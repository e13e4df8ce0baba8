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
  commits: CommitSchedule;
}

/** The partitions of this consumer, each with its progress. A partition has one assignment until it is lost. */
export class AssignedPartitions {
  readonly #options: AssignedPartitionsOptions;
  readonly #partitions = new Map<string, AssignedPartition>();

  constructor(options: AssignedPartitionsOptions) {
    this.#options = options;
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
    partition.commits.soon();
  }

  /** Commits the progress of every partition. It never rejects. */
  async commitAll(): Promise<void> {
    await Promise.all([...this.#partitions.values()].map(({ commits }) => commits.now()));
  }

  #add(assignment: PartitionAssignment): AssignedPartition {
    const progress = new PartitionProgress();
    const commits = new CommitSchedule({
      takeCommit: () => progress.takeCommit(),
      takeBack: (offset) => progress.takeBack(offset),
      commit: (offset) => assignment.commit(offset),
      onError: this.#options.onError,
      stopping: this.#options.stopping,
    });
    const added = { assignment, progress, commits };
    this.#partitions.set(nameOf(assignment), added);
    onAbort(assignment.signal, () => this.#forget(added));
    return added;
  }

  #forget({ assignment, commits }: AssignedPartition): void {
    if (this.#options.stopping.aborted) return;
    commits.end();
    this.#partitions.delete(nameOf(assignment));
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
