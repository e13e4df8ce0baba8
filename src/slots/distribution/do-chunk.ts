import { isTablepickError } from '../../errors.js';
import { defaultRetryBudgets } from '../../retry.js';
import type { RetryBudgets, RetryEvent } from '../../retry.js';
import { planRows } from '../plan/index.js';
import { runChunk } from '../generate/index.js';
import type { ChunkRunner } from '../generate/index.js';
import { checkCut } from '../runs/index.js';
import type { ChunkCounts } from '../checkpoints/index.js';
import type { ChunkTask } from './chunk-task.js';
import type { SlotWorkerEvent } from './distribution.js';
import type { OpenRun } from './open-runs.js';

/** With what a worker does its chunks. */
export interface ChunkTools {
  retry: RetryBudgets | undefined;
  signal: AbortSignal;
  /** One of the worker's connections, from 0. */
  worker: number;
  tell(event: SlotWorkerEvent): void;
  onRetry(event: RetryEvent): void;
}

/**
 * Inserts a chunk with its checkpoint in one transaction, as a local run does, unless another worker has by then: undefined.
 *
 * @throws As `runChunk`; `RULES_CHANGED` when the chunk is cut otherwise than the run.
 */
export async function doChunk(open: OpenRun, task: ChunkTask, tools: ChunkTools): Promise<ChunkCounts | undefined> {
  const { runId, chunk, start, end } = task;
  checkCut(runId, open.boxes, [{ chunk, start, end }]);
  const box = open.boxes[chunk]!;
  const about = { runId, chunk, worker: tools.worker, rows: planRows(open.context.plan, box) };
  let isDoneBefore = false;
  tools.tell({ kind: 'chunk-started', ...about });
  const shared = { onDoneBefore: () => void (isDoneBefore = true) };
  const counts = await runChunk({ ...runnerOf(open, runId, tools), shared }, chunk, box);
  if (isDoneBefore) return undefined;
  tools.tell({ kind: 'chunk-done', ...about, ...counts });
  return counts;
}

function runnerOf({ strategy, context, presence }: OpenRun, runId: number, tools: ChunkTools): ChunkRunner {
  const { retry = defaultRetryBudgets, signal, tell } = tools;
  return {
    ...{ database: context.database, strategy, context, ownership: presence, retry, signal },
    onRetry: (chunk, event) => {
      tools.onRetry(event);
      const { code, message } = event.error;
      tell({ kind: 'retry', runId, chunk, code, message, attempt: event.attempt, waitMs: event.waitMs });
    },
    onFailedRow: (chunk, { restaurantId, date, time, message }) =>
      tell({ kind: 'row-failed', runId, chunk, restaurantId, date, time, message }),
  };
}

/** True when the failure is not the chunk's: it comes again, here or elsewhere. */
export function isPassing(error: unknown): boolean {
  return isTablepickError(error) && (error.retriable || error.code === 'ABORTED' || error.code === 'COMMIT_UNKNOWN');
}
