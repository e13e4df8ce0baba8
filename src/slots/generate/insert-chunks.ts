import { isTablepickError } from '../../errors.js';
import { inParallel } from '../../in-parallel.js';
import type { PlanBox } from '../plan/index.js';
import { planRows } from '../plan/index.js';
import type { LocalRun } from './local-run.js';
import { runChunk } from './run-chunk.js';

/**
 * Gives the chunks that are not done to `workers` connections, each to the next free connection. After a failure, the
 * signal or a takeover, the chunks in progress end and no further chunk starts.
 *
 * @throws The first failure; `RUN_TAKEN_OVER` when the run was lost.
 */
export async function insertChunks(run: LocalRun): Promise<void> {
  const { workers, tally, signal, owner } = run;
  const failures: unknown[] = [];
  const idleWorkers = Array.from({ length: workers }, (_, worker) => worker).reverse();
  const mayGoOn = (): boolean => failures.length === 0 && signal?.aborted !== true && !owner.lost.aborted;
  await inParallel(tally.pendingOf(run.chunks), { concurrency: workers }, async ({ chunk, box }) => {
    if (!mayGoOn()) return;
    const worker = idleWorkers.pop() ?? 0;
    await insertOne(run, worker, { chunk, box }).catch((error: unknown) => failures.push(error));
    idleWorkers.push(worker);
  });
  owner.lost.throwIfAborted();
  const failure = failures.find((error) => !isTablepickError(error, 'ABORTED'));
  if (failure !== undefined) throw failure;
}

async function insertOne(
  run: LocalRun,
  worker: number,
  { chunk, box }: { chunk: number; box: PlanBox },
): Promise<void> {
  const { tally, onEvent, signal } = run;
  const rows = planRows(run.plan, box);
  onEvent?.({ kind: 'chunk-started', worker, chunk, rows });
  const counts = await runChunk({
    run,
    chunk,
    box,
    signal,
    onRetry: ({ error, attempt, waitMs }) => {
      tally.addRetry(error);
      onEvent?.({ kind: 'retry', worker, chunk, code: error.code, message: error.message, attempt, waitMs });
    },
    onFailedRow: ({ restaurantId, date, time, message }) =>
      onEvent?.({ kind: 'row-failed', chunk, restaurantId, date, time, message }),
  });
  tally.addChunk(chunk, counts);
  onEvent?.({ kind: 'chunk-done', worker, chunk, rows, ...counts });
}
