import { isDeadlock } from '../../database/index.js';
import type { GenerateResult } from '../generation.js';
import type { PlanBox } from '../plan/index.js';
import type { ChunkCounts, StoredChunk } from '../checkpoints/index.js';

/** Counts the work of a run, before this session and in it. */
export class RunTally {
  readonly chunks: number;
  /** The work of earlier sessions. */
  readonly doneBefore: { chunksDone: number; rowsDone: number };
  readonly #done: Set<number>;
  readonly #counts: ChunkCounts = { inserted: 0, existing: 0, failed: 0 };
  readonly #startedAt = performance.now();
  #endedAt = this.#startedAt;
  #chunksHere = 0;
  #rowsHere = 0;
  #retries = 0;
  #deadlocks = 0;

  constructor(chunks: number, stored: readonly StoredChunk[]) {
    this.chunks = chunks;
    this.#done = new Set(stored.map(({ chunk }) => chunk));
    for (const counts of stored) this.#add(counts);
    this.doneBefore = { chunksDone: stored.length, rowsDone: stored.reduce((sum, { planned }) => sum + planned, 0) };
  }

  get chunksLeft(): number {
    return this.chunks - this.#done.size;
  }

  isDone(chunk: number): boolean {
    return this.#done.has(chunk);
  }

  /** The chunks that have no checkpoint. */
  pendingOf(chunks: readonly PlanBox[]): { chunk: number; box: PlanBox }[] {
    return chunks.map((box, chunk) => ({ box, chunk })).filter(({ chunk }) => !this.isDone(chunk));
  }

  addChunk(chunk: number, counts: ChunkCounts): void {
    this.#done.add(chunk);
    this.#add(counts);
    this.#chunksHere += 1;
    this.#rowsHere += counts.inserted + counts.existing;
    this.#endedAt = performance.now();
  }

  addRetry(error: unknown): void {
    this.#retries += 1;
    if (isDeadlock(error)) this.#deadlocks += 1;
  }

  /** The figures of a result. `seconds` counts the inserts only. */
  result(): Pick<
    GenerateResult,
    'inserted' | 'existing' | 'failed' | 'seconds' | 'rowsPerSecond' | 'chunks' | 'retries' | 'deadlocks'
  > {
    const seconds = (this.#endedAt - this.#startedAt) / 1000;
    const rowsPerSecond = seconds > 0 ? this.#rowsHere / seconds : 0;
    const here = { chunks: this.#chunksHere, retries: this.#retries, deadlocks: this.#deadlocks };
    return { ...this.#counts, seconds, rowsPerSecond, ...here };
  }

  #add({ inserted, existing, failed }: ChunkCounts): void {
    this.#counts.inserted += inserted;
    this.#counts.existing += existing;
    this.#counts.failed += failed;
  }
}
