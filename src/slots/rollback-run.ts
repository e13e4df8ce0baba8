import type { Database } from '../database/database.js';
import { TablepickError, joinFailures } from '../errors.js';
import { defaultLeaseMs } from './generate-slots.js';
import type { RollbackResult, RunState } from './generation.js';
import type { SlotPlan } from './plan.js';
import { rollBackChunk } from './rollback-chunk.js';
import type { ChunkRollback } from './rollback-chunk.js';
import { readCheckpoints } from './runs/chunk-checkpoint.js';
import { claimKnownRun, requireRun } from './runs/claim-known-run.js';
import type { RunOwnership } from './runs/run-ownership.js';
import type { RunRecord } from './runs/run-record.js';
import { readPlan } from './runs/stored-plan.js';

/** Which run is to be undone. */
export interface RollbackOptions {
  database: Database;
  runId: number;
  /** Only count and list. Default false. */
  dryRun?: boolean | undefined;
  /** Most kept slots listed. Default 100. */
  listLimit?: number | undefined;
  leaseMs?: number | undefined;
  /** Stops after the chunk in flight; the rollback can be resumed by calling it again. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: RollbackEvent) => void) | undefined;
}

/** What a rollback tells while it runs. */
export interface RollbackEvent {
  kind: 'chunk-rolled-back';
  chunk: number;
  removed: number;
  kept: number;
  chunksDone: number;
  chunks: number;
}

/**
 * Removes exactly the slots a run inserted: never one that was there before or came after, never one that carries a reservation
 * or a count above 0 (those are listed). Chunk by chunk, each with its mark in the same transaction, so a killed rollback goes on.
 *
 * @throws `RUN_UNKNOWN`, `RUN_ACTIVE`; `RUN_ROLLED_BACK` when there is nothing left to undo; `RUN_TAKEN_OVER`.
 */
export async function rollbackRun(options: RollbackOptions): Promise<RollbackResult> {
  const { database, runId } = options;
  const plan = await readPlan(database, await requireRun(database, runId));
  const result: RollbackResult = { runId, state: 'dry-run', removed: 0, kept: 0, keptKeys: [], gone: 0 };
  if (options.dryRun) {
    await eachChunk({ options, plan, epoch: null }, result);
    return result;
  }
  const leaseMs = options.leaseMs ?? defaultLeaseMs;
  const { ownership } = await claimKnownRun({ database, runId, leaseMs, state: 'rolling-back', check: checkUndoable });
  result.state = await rollBackOwned({ options, plan, epoch: ownership.epoch }, ownership, result);
  return result;
}

interface RollbackJob {
  options: RollbackOptions;
  plan: SlotPlan;
  /** Null for a dry run. */
  epoch: number | null;
}

function checkUndoable(run: RunRecord): void {
  if (run.state !== 'rolled-back') return;
  throw new TablepickError('RUN_ROLLED_BACK', `run ${run.runId} was rolled back already`, {
    hint: `tablepick runs show ${run.runId}`,
  });
}

async function rollBackOwned(
  job: RollbackJob,
  ownership: RunOwnership,
  result: RollbackResult,
): Promise<'rolled-back' | 'stopped'> {
  let state: RunState = 'rolling-back';
  try {
    const finished = await eachChunk(job, result);
    ownership.lost.throwIfAborted();
    if (finished) state = 'rolled-back';
  } catch (error) {
    await ownership.close('rolling-back').catch((second: unknown) => {
      throw joinFailures(error, second);
    });
    throw error;
  }
  await ownership.close(state);
  return state === 'rolled-back' ? 'rolled-back' : 'stopped';
}

/** True when every chunk was gone through. */
async function eachChunk({ options, plan, epoch }: RollbackJob, result: RollbackResult): Promise<boolean> {
  const { database, runId, listLimit = 100, signal } = options;
  const stored = await readCheckpoints(database, runId);
  const pending = stored.filter(({ state }) => state === 'done');
  let chunksDone = stored.length - pending.length;
  for (const chunk of pending) {
    if (signal?.aborted) return false;
    const undone = await rollBackChunk({ database, plan, runId, epoch, signal, stored: chunk });
    addUndone(result, undone, listLimit);
    chunksDone += 1;
    const { removed, kept } = undone;
    options.onEvent?.({
      kind: 'chunk-rolled-back',
      chunk: chunk.chunk,
      removed,
      kept,
      chunksDone,
      chunks: stored.length,
    });
  }
  return true;
}

function addUndone(result: RollbackResult, undone: ChunkRollback, listLimit: number): void {
  result.removed += undone.removed;
  result.kept += undone.kept;
  result.gone += undone.gone;
  result.keptKeys.push(...undone.keptKeys.slice(0, listLimit - result.keptKeys.length));
}
