import { defaultRetryBudgets } from '../../retry.js';
import type { RetryBudgets } from '../../retry.js';
import type { Database } from '../../database/database.js';
import type { InsertStrategyName } from '../generation.js';
import { RowBuilders, insertStrategies, onlyParentIsRestaurant } from '../inserts/index.js';
import type { InsertContext, InsertStrategy } from '../inserts/index.js';
import type { RunOwnership } from '../ownership/index.js';
import { chunkPlan } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { checkCut } from '../runs/index.js';
import type { CutChunk, RunRecord } from '../runs/index.js';

/** The owner that writes the chunks. */
export type ChunkOwner = Pick<RunOwnership, 'epoch' | 'register'>;

/** A run that is open for writing. It is made once and passed down from the command to the INSERT. */
export interface OpenRun extends InsertContext {
  run: RunRecord;
  /** The chunks of the run. The index is the chunk's number. */
  chunks: readonly PlanBox[];
  strategy: InsertStrategy;
  owner: ChunkOwner;
  /** True when several workers may have the same chunk at the same time. */
  isShared: boolean;
  retry: RetryBudgets;
}

/** Settings of {@link openRun}. */
export interface RunToOpen {
  database: Database;
  run: RunRecord;
  plan: SlotPlan;
  chunks: readonly PlanBox[];
  strategy: InsertStrategyName;
  owner: ChunkOwner;
  isShared: boolean;
  /** Rows of one multi-row INSERT. Default 3000. */
  batchRows?: number | undefined;
  /** Connections that insert at once. */
  connections: number;
  retry?: RetryBudgets | undefined;
}

/** Default rows of one multi-row INSERT. */
export const defaultBatchRows = 3_000;

/** Opens a run for writing. The caller closes its `builders`. */
export async function openRun(of: RunToOpen): Promise<OpenRun> {
  const { database, run, plan, chunks, owner, isShared } = of;
  return {
    database,
    plan,
    run,
    runId: run.runId,
    chunks,
    strategy: insertStrategies[of.strategy],
    owner,
    isShared,
    batchRows: of.batchRows ?? defaultBatchRows,
    retry: of.retry ?? defaultRetryBudgets,
    onlyParentIsRestaurant: await onlyParentIsRestaurant(database),
    builders: new RowBuilders(plan, of.connections),
  };
}

/**
 * Cuts the plan into the same chunks as at the start of the run.
 *
 * @throws `RULES_CHANGED` when the done chunks have other bounds.
 */
export function cutAsBefore(plan: SlotPlan, run: RunRecord, done: readonly CutChunk[]): PlanBox[] {
  const chunks = chunkPlan(plan, run.chunkRows === 0 ? 'restaurant' : run.chunkRows);
  checkCut(run.runId, chunks, done);
  return chunks;
}
