/** Settings of {@link CommitSchedule}. */
export interface CommitScheduleOptions<Progress> {
  /** How far everything is done. Undefined when that has not grown since the last call. */
  takeCommit(): Progress | undefined;
  /** Called when that progress could not be committed. */
  takeBack(progress: Progress): void;
  commit(progress: Progress): Promise<void>;
  onError(error: unknown): void;
  /** Once it fires, a failed commit is not tried again. */
  stopping: AbortSignal;
}

/** Progress is committed at most once in this time. */
const COMMIT_EVERY_MS = 100;

/** Wait after a commit that failed, until it is tried again. */
const AGAIN_MS = 500;

/** Commits progress soon after it has grown. When a commit fails, it is tried again. */
export class CommitSchedule<Progress> {
  readonly #options: CommitScheduleOptions<Progress>;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: CommitScheduleOptions<Progress>) {
    this.#options = options;
  }

  /** Call it when the progress has grown. The progress is committed within 100 ms. */
  soon(): void {
    this.#within(COMMIT_EVERY_MS);
  }

  /** Commits the progress at once. It never rejects. A lost commit makes duplicates, and the inbox finds them. */
  async now(): Promise<void> {
    this.#clearTimer();
    const progress = this.#options.takeCommit();
    if (progress === undefined) return;
    try {
      await this.#options.commit(progress);
    } catch (error) {
      this.#options.onError(error);
      this.#options.takeBack(progress);
      if (!this.#options.stopping.aborted) this.#within(AGAIN_MS);
    }
  }

  /** Call it when the partition is lost. Nothing is committed any more, even when a commit under way fails. */
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
