import { isOnlyParent } from '../../database/fit/only-parent.js';
import type { Database, Transaction } from '../../database/index.js';
import type { PlanBox } from '../plan/index.js';
import type { InsertContext } from './insert-strategy.js';

// Reads both tables by their primary keys. The S locks stay until COMMIT, like those of the server's own check of each
// row.
const LOCK_PARENTS = `
  SELECT COUNT(*) AS parents
  FROM slot_run_restaurant r STRAIGHT_JOIN {restaurant} p ON p.{restaurant.id} = r.restaurant_id
  WHERE r.run_id = ? AND r.ordinal BETWEEN ? AND ? LOCK IN SHARE MODE`;

/** True when a lock on the restaurants proves every row's parents. */
export async function onlyParentIsRestaurant(database: Database): Promise<boolean> {
  const { slot, restaurant } = database.names;
  return isOnlyParent(database, {
    table: slot.table,
    column: slot.columns.restaurantId,
    parentTable: restaurant.table,
    parentColumn: restaurant.columns.id,
  });
}

/** Locks the restaurants of a box until the end of the transaction. Returns true when all of them exist. */
export async function lockParents(tx: Transaction, box: PlanBox, { runId }: InsertContext): Promise<boolean> {
  const values = [runId, box.start, box.end - 1];
  const rows = await tx.query<{ parents: number }>(LOCK_PARENTS, values);
  return rows[0]?.parents === box.end - box.start;
}
