import pLimit from 'p-limit';

import { isTablepickError } from '../../errors.js';
import { defaultRetryBudgets } from '../../retry.js';
import type { InsertContext, InsertStrategy } from '../inserts/index.js';
import { planRows } from '../plan/index.js';
import { runChunk } from './run-chunk.js';
import type { ChunkRunner } from './run-chunk.js';
import type { RunTally } from './run-tally.js';
import type { PendingChunk, RunJob } from './run-job.js';

/** Chunks to be inserted and all that is needed for it. */
export interface ChunkWork {
  job: RunJob;
  context: InsertContext;
  strategy: InsertStrategy;
  workers: number;
  pending: readonly PendingChunk[];
  tally: RunTally;
}

/**
 * Hands the pending chunks to `workers` connections, each chunk taken when a connection is free. A failure, the signal or a takeover lets
 * the chunks in flight end and hands out no more.
 *
 * @throws The first failure; `RUN_TAKEN_OVER` when the run was lost.
 */
export async function insertChunks(work: ChunkWork): Promise<void> {
  const { settings, claimed } = work.job;
  const failures: unknown[] = [];
  const idleWorkers = Array.from({ length: work.workers }, (_, worker) => worker).reverse();
  const mayGoOn = (): boolean =>
    failures.length === 0 && settings.signal?.aborted !== true && !claimed.ownership.lost.aborted;
  await pLimit(work.workers).map(work.pending, async (pending) => {
    if (!mayGoOn()) return;
    const worker = idleWorkers.pop() ?? 0;
    await insertOne(work, worker, pending).catch((error: unknown) => failures.push(error));
    idleWorkers.push(worker);
  });
  claimed.ownership.lost.throwIfAborted();
  const failure = failures.find((error) => !isTablepickError(error, 'ABORTED'));
  if (failure !== undefined) throw failure;
}

async function insertOne(work: ChunkWork, worker: number, { chunk, box }: PendingChunk): Promise<void> {
  const { onEvent } = work.job.settings;
  const rows = planRows(work.context.plan, box);
  onEvent?.({ kind: 'chunk-started', worker, chunk, rows });
  const counts = await runChunk(chunkRunner(work, worker), chunk, box);
  work.tally.addChunk(chunk, counts);
  onEvent?.({ kind: 'chunk-done', worker, chunk, rows, ...counts });
}

function chunkRunner({ job, context, strategy, tally }: ChunkWork, worker: number): ChunkRunner {
  const { settings, claimed } = job;
  const { database, signal, onEvent } = settings;
  return {
    ...{ database, strategy, context, ownership: claimed.ownership, signal },
    retry: settings.retry ?? defaultRetryBudgets,
    onRetry: (chunk, event) => {
      tally.addRetry(event);
      const { code, message } = event.error;
      onEvent?.({ kind: 'retry', worker, chunk, code, message, attempt: event.attempt, waitMs: event.waitMs });
    },
    onFailedRow: (chunk, { restaurantId, date, time, message }) =>
      onEvent?.({ kind: 'row-failed', chunk, restaurantId, date, time, message }),
  };
}
