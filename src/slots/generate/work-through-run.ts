import { joinFailures } from '../../errors.js';
import { chooseWorkers } from './choose-workers.js';
import type { GenerateResult, VerifyReport } from '../generation.js';
import { insertChunks } from './insert-chunks.js';
import { RowBuilders, insertStrategies, onlyParentIsRestaurant } from '../inserts/index.js';
import type { InsertContext } from '../inserts/index.js';

import { chunkPlan } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import type { PendingChunk, RunJob } from './run-job.js';
import { RunTally } from './run-tally.js';
import { checkCut } from '../runs/index.js';
import type { RunRecord } from '../runs/index.js';
import { readCheckpointsOnWriter } from '../checkpoints/index.js';
import { verifySlots } from '../verify/index.js';

/** Rows of one multi-row INSERT when nothing else is said. */
export const defaultBatchRows = 3_000;

/** Does the chunks of a run that are not done, closes the run, and proves the result. Ownership is given back in any case. */
export async function workThroughRun(job: RunJob): Promise<GenerateResult> {
  const { settings, plan } = job;
  const { tally, workers } = await insertPending(job);
  const finished = tally.chunksLeft === 0;
  const proof = finished && settings.verify !== false ? await prove(job, workers) : null;
  return {
    runId: job.claimed.run.runId,
    state: finished ? 'finished' : 'stopped',
    strategy: job.choice.strategy,
    workers,
    planned: plan.rows,
    ...tally.result(),
    verified: proof?.ok ?? null,
    verifySeconds: proof?.seconds ?? null,
  };
}

/** Owned from here to the end: whatever happens inside, the lock and the lease are given back. */
async function insertPending(job: RunJob): Promise<{ tally: RunTally; workers: number }> {
  const { ownership } = job.claimed;
  const { database, onEvent } = job.settings;
  let tally: RunTally;
  let workers: number;
  try {
    workers = await chooseWorkers(database, job.settings.workers ?? 'auto');
    onEvent?.({ kind: 'strategy', ...job.choice, workers });
    tally = await insertOwned(job, workers);
  } catch (error) {
    await ownership.close('running').catch((second: unknown) => {
      throw joinFailures(error, second);
    });
    throw error;
  }
  await ownership.close(tally.chunksLeft === 0 ? 'finished' : 'running');
  return { tally, workers };
}

async function insertOwned(job: RunJob, workers: number): Promise<RunTally> {
  const { plan, claimed, settings } = job;
  const { run } = claimed;
  const strategy = insertStrategies[job.choice.strategy];
  const boxes = chunksOf(plan, run);
  const done = await readCheckpointsOnWriter(settings.database, run.runId);
  checkCut(run.runId, boxes, done);
  const tally = new RunTally(boxes.length, done);
  const builders = new RowBuilders(plan, workers);
  const batchRows = settings.batchRows ?? defaultBatchRows;
  announce(job, tally);
  try {
    const about = { database: settings.database, plan, runId: run.runId, batchRows, builders };
    const context: InsertContext = { ...about, onlyParentIsRestaurant: await onlyParentIsRestaurant(about.database) };
    await strategy.prepare?.(context);
    await insertChunks({ job, context, strategy, workers, tally, pending: pendingChunks(boxes, tally) });
    if (tally.chunksLeft === 0) await strategy.finish?.(context);
    return tally;
  } finally {
    await builders.close();
  }
}

/** The chunks a run was cut into when it began. */
export function chunksOf(plan: SlotPlan, { chunkRows }: Pick<RunRecord, 'chunkRows'>): PlanBox[] {
  return chunkPlan(plan, chunkRows === 0 ? 'restaurant' : chunkRows);
}

/** The chunks that have no checkpoint. */
export function pendingChunks(boxes: readonly PlanBox[], tally: RunTally): PendingChunk[] {
  return boxes.map((box, chunk) => ({ box, chunk })).filter(({ chunk }) => !tally.isDone(chunk));
}

function announce({ claimed, plan, settings }: RunJob, tally: RunTally): void {
  const { runId } = claimed.run;
  const about = { runId, planned: plan.rows, chunks: tally.chunks };
  if (claimed.resumed) settings.onEvent?.({ kind: 'resumed', ...about, ...tally.doneBefore });
  else settings.onEvent?.({ kind: 'started', ...about });
}

/** Holds the table against the plan of a run that is finished. */
export async function prove(
  { plan, settings }: Pick<RunJob, 'plan' | 'settings'>,
  workers: number,
): Promise<VerifyReport> {
  const { database, signal, onEvent } = settings;
  const onProgress = (rowsChecked: number): void => onEvent?.({ kind: 'verifying', rowsChecked, planned: plan.rows });
  const report = await verifySlots(database, plan, { workers, signal, onProgress });
  onEvent?.({ kind: 'verified', report });
  return report;
}
