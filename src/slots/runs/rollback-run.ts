import type { Database, Transaction } from '../../database/database.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { closeAfter } from '../../closing.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { defaultLeaseMs } from '../ownership/index.js';
import type { RunOwnership } from '../ownership/index.js';
import type { RollbackResult, RunState } from '../generation.js';
import type { SlotPlan } from '../plan/index.js';
import { recallChunk, rollBackChunk } from './rollback-chunk.js';
import type { ChunkRollback } from './rollback-chunk.js';
import { adoptHint } from './check-resumable.js';
import { readCheckpointsOnWriter } from '../checkpoints/index.js';
import type { StoredChunk } from '../checkpoints/index.js';
import { claimKnownRun } from './claim-known-run.js';
import { requireRun } from './run-record.js';
import type { RunRecord } from './run-record.js';
import { readPlan } from './stored-plan.js';
import { isSameTable, readTableIdentity } from './table-identity.js';

const LATER_RUN_WITH_IDS = `
  SELECT COUNT(*) AS runs FROM slot_run later JOIN slot_run_chunk c ON c.run_id = later.id
  JOIN (SELECT MAX(last_id) AS last_id, MAX(done_at) AS done_at FROM slot_run_chunk WHERE run_id = ?) own
    ON later.started_at > own.done_at AND c.first_id <= own.last_id`;

/** The run to roll back. */
export interface RollbackOptions {
  database: Database;
  runId: number;
  /** Count and list only. Default false. */
  dryRun?: boolean | undefined;
  /** Maximum number of listed kept slots. Default 100. */
  listLimit?: number | undefined;
  leaseMs?: number | undefined;
  /** Stops after the chunk in progress. Call the rollback again to resume it. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: RollbackEvent) => void) | undefined;
}

/** An event of a running rollback. */
export interface RollbackEvent {
  kind: 'chunk-rolled-back';
  chunk: number;
  removed: number;
  kept: number;
  chunksDone: number;
  chunks: number;
}

/**
 * Removes exactly the slots that a run inserted. It never removes a slot from before or after the run. Slots with a
 * reservation or a count above 0 are kept and listed. Each chunk is removed and marked in one transaction, so a killed
 * rollback can be resumed.
 *
 * @throws `RUN_UNKNOWN`, `RUN_ACTIVE`, `TABLE_CHANGED`; `RUN_ROLLED_BACK` when there is nothing left to undo;
 * `RUN_TAKEN_OVER`.
 * @example
 * const { removed, kept } = await rollbackRun({ database, runId: 3, dryRun: true });
 */
export async function rollbackRun(options: RollbackOptions): Promise<RollbackResult> {
  const { database, runId } = options;
  const run = await requireRun(database, runId);
  await checkUndoable(database, run);
  const plan = await readPlan(database, run);
  const result: RollbackResult = { runId, state: 'dry-run', removed: 0, kept: 0, keptKeys: [], gone: 0 };
  if (options.dryRun) {
    await eachChunk({ options, plan, ownership: undefined }, result);
    return result;
  }
  const leaseMs = options.leaseMs ?? defaultLeaseMs;
  const check = (current: RunRecord): Promise<void> => checkUndoable(database, current);
  const { ownership } = await claimKnownRun({ database, runId, leaseMs, state: 'rolling-back', check });
  result.state = await rollBackOwned({ options, plan, ownership }, result);
  return result;
}

interface RollbackJob {
  options: RollbackOptions;
  plan: SlotPlan;
  /** Undefined for a dry run. */
  ownership: RunOwnership | undefined;
}

async function checkUndoable(database: Database, run: RunRecord): Promise<void> {
  if (run.state === 'rolled-back') {
    throw new TablepickError('RUN_ROLLED_BACK', `run ${run.runId} was rolled back already`, {
      hint: `tablepick runs show ${run.runId}`,
    });
  }
  const sameTable = isSameTable(run.tableIdentity, await readTableIdentity(database));
  if (!sameTable || (await hasIdsOfLaterRun(database, run))) {
    const message = `the slot table was recreated, truncated or altered since run ${run.runId}: its rows cannot be told from others`;
    throw new TablepickError('TABLE_CHANGED', message, {
      hint: `${adoptHint(run.runId)}; else delete by hand what is not wanted`,
    });
  }
}

/**
 * Ids rise in a table. When a run began after this run's last chunk and has ids as low, it wrote to a recreated table.
 */
export async function hasIdsOfLaterRun(database: Database, run: Pick<RunRecord, 'runId'>): Promise<boolean> {
  const read = (tx: Transaction) => tx.query<{ runs: number }>(LATER_RUN_WITH_IDS, [run.runId]);
  const [found] = await readAsWriter(database, read, { readsOnly: true });
  return Number(found?.runs) > 0;
}

async function rollBackOwned(
  job: RollbackJob & { ownership: RunOwnership },
  result: RollbackResult,
): Promise<'rolled-back' | 'stopped'> {
  const { ownership } = job;
  let state: RunState = 'rolling-back';
  return closeAfter(
    () => ownership.close(state),
    async () => {
      const finished = await eachChunk(job, result).catch((error: unknown) => {
        // The signal fired while a chunk waited for a connection or a retry, so the chunk is unchanged.
        if (job.options.signal?.aborted && isTablepickError(error, 'ABORTED')) return false;
        throw error;
      });
      ownership.lost.throwIfAborted();
      if (!finished) return 'stopped';
      state = 'rolled-back';
      return state;
    },
  );
}

/** Returns true when every chunk was processed. */
async function eachChunk({ options, plan, ownership }: RollbackJob, result: RollbackResult): Promise<boolean> {
  const { database, runId, listLimit = 100, signal } = options;
  const stored = await readCheckpointsOnWriter(database, runId);
  const pending = stored.filter(({ state }) => state === 'done');
  if (ownership !== undefined) await recallUndone({ options, plan, stored }, result);
  let chunksDone = stored.length - pending.length;
  for (const chunk of pending) {
    if (signal?.aborted) return false;
    const undone = await rollBackChunk({ database, plan, runId, ownership, signal, stored: chunk });
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

/** Adds the results of earlier sessions of this rollback. */
async function recallUndone(
  { options, plan, stored }: { options: RollbackOptions; plan: SlotPlan; stored: StoredChunk[] },
  result: RollbackResult,
): Promise<void> {
  const { database, runId, listLimit = 100, signal } = options;
  for (const chunk of stored) {
    if (chunk.state !== 'rolled-back') continue;
    const undone = await recallChunk({ database, plan, runId, ownership: undefined, signal, stored: chunk });
    addUndone(result, undone, listLimit);
  }
}

function addUndone(result: RollbackResult, undone: ChunkRollback, listLimit: number): void {
  result.removed += undone.removed;
  result.kept += undone.kept;
  result.gone += undone.gone;
  result.keptKeys.push(...undone.keptKeys.slice(0, listLimit - result.keptKeys.length));
}
