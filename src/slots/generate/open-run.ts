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

/** By whose right chunks are written. */
export type ChunkOwner = Pick<RunOwnership, 'epoch' | 'register'>;

/** A run that is opened for writing: made once, and handed down from the command to the INSERT. */
export interface OpenRun extends InsertContext {
  run: RunRecord;
  /** What it was cut into when it began, by number. */
  chunks: readonly PlanBox[];
  strategy: InsertStrategy;
  owner: ChunkOwner;
  /** Others may be given the same chunk at the same time. */
  isShared: boolean;
  retry: RetryBudgets;
}

/** What {@link openRun} makes an open run of. */
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
  /** How many insert at once. */
  connections: number;
  retry?: RetryBudgets | undefined;
}

/** Rows of one multi-row INSERT when nothing else is said. */
export const defaultBatchRows = 3_000;

/** Opens a run for writing; whoever opens it closes its `builders`. */
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
 * The chunks a run was cut into when it began.
 *
 * @throws `RULES_CHANGED` when those that are done were cut otherwise.
 */
export function cutAsBefore(plan: SlotPlan, run: RunRecord, done: readonly CutChunk[]): PlanBox[] {
  const chunks = chunkPlan(plan, run.chunkRows === 0 ? 'restaurant' : run.chunkRows);
  checkCut(run.runId, chunks, done);
  return chunks;
}
