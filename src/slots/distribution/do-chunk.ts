import { isTablepickError } from '../../errors.js';
import type { RetryEvent } from '../../retry.js';
import { planRows } from '../plan/index.js';
import { runChunk } from '../generate/index.js';
import type { OpenRun } from '../generate/index.js';
import { checkCut } from '../runs/index.js';
import type { ChunkCounts } from '../checkpoints/index.js';
import type { ChunkTask } from './chunk-task.js';
import type { SlotWorkerEvent } from './distribution.js';

/** The worker's connection for a chunk, and its callbacks. */
export interface ChunkContext {
  signal: AbortSignal;
  /** One of the worker's connections, from 0. */
  worker: number;
  tell(event: SlotWorkerEvent): void;
  onRetry(event: RetryEvent): void;
}

/**
 * Inserts a chunk with its checkpoint in one transaction, as a local run does. When another worker has done the chunk,
 * returns undefined.
 *
 * @throws As `runChunk`; `RULES_CHANGED` when the chunk has other bounds than in the run.
 */
export async function doChunk(run: OpenRun, task: ChunkTask, context: ChunkContext): Promise<ChunkCounts | undefined> {
  const { runId, chunk, start, end } = task;
  const { signal, worker, tell } = context;
  checkCut(runId, run.chunks, [{ chunk, start, end }]);
  const box = run.chunks[chunk]!;
  const about = { runId, chunk, worker, rows: planRows(run.plan, box) };
  let isDoneBefore = false;
  tell({ kind: 'chunk-started', ...about });
  const counts = await runChunk({
    run,
    chunk,
    box,
    signal,
    onRetry: (event) => {
      context.onRetry(event);
      const { error, attempt, waitMs } = event;
      tell({ kind: 'retry', runId, chunk, code: error.code, message: error.message, attempt, waitMs });
    },
    onFailedRow: ({ restaurantId, date, time, message }) =>
      tell({ kind: 'row-failed', runId, chunk, restaurantId, date, time, message }),
    onDoneBefore: () => (isDoneBefore = true),
  });
  if (isDoneBefore) return undefined;
  tell({ kind: 'chunk-done', ...about, ...counts });
  return counts;
}

/** True when the chunk is not the cause of the failure. Then the chunk is delivered again. */
export function isPassing(error: unknown): boolean {
  return isTablepickError(error) && (error.retriable || error.code === 'ABORTED' || error.code === 'COMMIT_UNKNOWN');
}
