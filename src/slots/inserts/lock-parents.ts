import type { Database, Transaction } from '../../database/database.js';
import type { PlanBox } from '../plan.js';
import type { InsertContext } from './insert-strategy.js';

const FOREIGN_KEYS = `
  SELECT column_name AS childColumn, referenced_table_schema = DATABASE() AS sameSchema, referenced_table_name AS parentTable
  FROM information_schema.key_column_usage
  WHERE table_schema = DATABASE() AND table_name = ? AND referenced_table_name IS NOT NULL`;

// By the primary keys of both; the S locks stay until COMMIT, as those of the server's own check of each row would.
const LOCK_PARENTS = `
  SELECT COUNT(*) AS parents
  FROM slot_run_restaurant r STRAIGHT_JOIN {restaurant} p ON p.{restaurant.id} = r.restaurant_id
  WHERE r.run_id = ? AND r.ordinal BETWEEN ? AND ? LOCK IN SHARE MODE`;

/** True when the slot table's only foreign key is that to the restaurant: then locking the restaurants proves every row's parents. */
export async function onlyParentIsRestaurant(database: Database): Promise<boolean> {
  const { slot, restaurant } = database.names;
  const keys = await database.query<{ childColumn: string; sameSchema: number; parentTable: string }>(FOREIGN_KEYS, [
    slot.table,
  ]);
  return (
    keys.length === 1 &&
    keys.every(
      (key) =>
        key.sameSchema === 1 && key.parentTable === restaurant.table && key.childColumn === slot.columns.restaurantId,
    )
  );
}

/** Locks the restaurants of a box until the end of the transaction; true when every one of them exists. */
export async function lockParents(tx: Transaction, box: PlanBox, { database, runId }: InsertContext): Promise<boolean> {
  const values = [runId, box.start, box.end - 1];
  const rows = await tx.query<{ parents: number }>(database.sql(LOCK_PARENTS), values);
  return rows[0]?.parents === box.end - box.start;
}
