import type { Transaction } from '../../database/database.js';
import type { SlotKey } from '../generation.js';
import { plannedSlots } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { boxCondition } from './box-condition.js';
import { keyText } from './slot-key.js';

/** The part of a run that a checkpoint needs. */
export interface RunOfChunk {
  plan: SlotPlan;
  runId: number;
}

/** A chunk of a run. */
export interface ChunkOfRun {
  run: RunOfChunk;
  chunk: number;
  box: PlanBox;
}

const READ_EXISTING = `
  SELECT {slot.restaurantId} AS restaurantId, CAST({slot.date} AS CHAR) AS date, CAST({slot.time} AS CHAR) AS time
  FROM slot_run_existing e JOIN {slot} s ON s.{slot.id} = e.slot_id WHERE e.run_id = ? AND e.chunk = ?`;

/**
 * Records the existing slots of the chunk's restaurants and dates before the insert, so that a rollback keeps them.
 * Returns their number, including unplanned slots.
 */
export async function recordExisting(tx: Transaction, { run, chunk, box }: ChunkOfRun): Promise<number> {
  const { plan, runId } = run;
  const condition = boxCondition(plan, box);
  const statement = `
    INSERT INTO slot_run_existing (run_id, chunk, slot_id) SELECT ?, ?, {slot.id} FROM {slot} WHERE ${condition.sql}`;
  const result = await tx.execute(statement, [runId, chunk, ...condition.values]);
  return result.affectedRows;
}

/** The keys of the recorded slots. */
export async function readExistingKeys(tx: Transaction, of: ChunkOfRun): Promise<Set<string>> {
  const rows = await tx.query<SlotKey>(READ_EXISTING, [of.run.runId, of.chunk]);
  return new Set(rows.map(keyText));
}

/** The number of `keys` in the plan. When nobody else inserted slots, it equals `existing`. */
export function countPlanned(of: ChunkOfRun, keys: ReadonlySet<string>): number {
  if (keys.size === 0) return 0;
  let count = 0;
  for (const slot of plannedSlots(of.run.plan, of.box)) if (keys.has(keyText(slot))) count += 1;
  return count;
}
