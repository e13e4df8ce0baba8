/** What a {@link CommitSchedule} commits, and how. */
export interface CommitScheduleOptions {
  /** The offset below which all is done, once each time it has grown. */
  takeCommit(): bigint | undefined;
  /** That offset could not be committed. */
  takeBack(offset: bigint): void;
  commit(offset: bigint): Promise<void>;
  onError(error: unknown): void;
  /** Once it fires, what could not be committed is left. */
  stopping: AbortSignal;
}

/** How often progress is committed, at most. */
const COMMIT_EVERY_MS = 100;

/** Wait after a commit that failed, until it is tried again. */
const AGAIN_MS = 500;

/** Commits the progress of one partition: soon after it has grown, and again where that failed. */
export class CommitSchedule {
  readonly #options: CommitScheduleOptions;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: CommitScheduleOptions) {
    this.#options = options;
  }

  /** The progress has grown: it is committed within 100 ms, together with what grows meanwhile. */
  soon(): void {
    this.#within(COMMIT_EVERY_MS);
  }

  /** Commits what there is. A commit that is lost makes duplicates, which the inbox finds; it never rejects. */
  async now(): Promise<void> {
    this.#clearTimer();
    const offset = this.#options.takeCommit();
    if (offset === undefined) return;
    try {
      await this.#options.commit(offset);
    } catch (error) {
      this.#options.onError(error);
      this.#options.takeBack(offset);
      if (!this.#options.stopping.aborted) this.#within(AGAIN_MS);
    }
  }

  /** The partition is lost: nothing is committed any more, also when a commit under way fails. */
  end(): void {
    this.#isOver = true;
    this.#clearTimer();
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #within(ms: number): void {
    if (!this.#isOver) this.#timer ??= setTimeout(() => void this.now(), ms);
  }
}
