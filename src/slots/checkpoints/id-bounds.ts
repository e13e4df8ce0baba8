import type { Transaction } from '../../database/database.js';
import { plannedDays } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import type { SlotKey } from '../generation.js';
import { boxCondition } from './box-condition.js';
import type { ChunkOfRun } from './existing-slots.js';

/** The lowest and highest possible id of a chunk's own rows. Null when the chunk inserted no row. */
export interface IdBounds {
  firstId: number | null;
  lastId: number | null;
}

// In a cluster, ids rise in steps, so that two members never give the same id.
const ID_OF_KEY = `SELECT {slot.id} AS id, @@auto_increment_increment AS idStep FROM {slot} WHERE {slot.restaurantId} = ? AND {slot.date} = ? AND {slot.time} = ?`;

/**
 * Finds the bounds of the ids that a chunk has just inserted, in the chunk's transaction. Ids rise in the order of
 * insertion. So when the chunk inserted all its rows, two look-ups are enough. Otherwise its range is read, without the
 * rows that existed before.
 */
export async function findIdBounds(
  tx: Transaction,
  of: ChunkOfRun,
  { inserted, clean }: { inserted: number; clean: boolean },
): Promise<IdBounds> {
  if (inserted === 0) return { firstId: null, lastId: null };
  return clean ? boundsByKeys(tx, of, inserted) : boundsByRange(tx, of);
}

/** When the rows were inserted in another order, the bounds by keys would be too narrow. Then the range is read. */
async function boundsByKeys(tx: Transaction, of: ChunkOfRun, inserted: number): Promise<IdBounds> {
  const { first, last } = outerKeys(of.run.plan, of.box);
  const [low, high] = [await idOfKey(tx, first), await idOfKey(tx, last)];
  if (low === undefined || high === undefined) return boundsByRange(tx, of);
  const idsBetween = Math.floor((high.id - low.id) / high.idStep) + 1;
  return idsBetween >= inserted ? { firstId: low.id, lastId: high.id } : boundsByRange(tx, of);
}

async function idOfKey(tx: Transaction, key: SlotKey | undefined): Promise<{ id: number; idStep: number } | undefined> {
  if (key === undefined) return undefined;
  const values = [key.restaurantId, key.date, key.time];
  return (await tx.query<{ id: number; idStep: number }>(ID_OF_KEY, values))[0];
}

function outerKeys(plan: SlotPlan, box: PlanBox): { first: SlotKey | undefined; last: SlotKey | undefined } {
  let first: SlotKey | undefined;
  let last: SlotKey | undefined;
  for (const { restaurantId, date, times } of plannedDays(plan, box)) {
    first ??= keyAt(restaurantId, date, times[0]?.time);
    last = keyAt(restaurantId, date, times.at(-1)?.time) ?? last;
  }
  return { first, last };
}

function keyAt(restaurantId: number, date: string, time: string | undefined): SlotKey | undefined {
  return time === undefined ? undefined : { restaurantId, date, time };
}

async function boundsByRange(tx: Transaction, of: ChunkOfRun): Promise<IdBounds> {
  const condition = boxCondition(of.run.plan, of.box);
  const statement = `SELECT MIN({slot.id}) AS firstId, MAX({slot.id}) AS lastId FROM {slot}
    WHERE ${condition.sql} AND {slot.id} NOT IN (SELECT slot_id FROM slot_run_existing WHERE run_id = ? AND chunk = ?)`;
  const values = [...condition.values, of.run.runId, of.chunk];
  const rows = await tx.query<IdBounds>(statement, values);
  return rows[0] ?? { firstId: null, lastId: null };
}
