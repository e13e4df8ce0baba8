import type { Database, Transaction } from '../../database/database.js';
import type { PlanBox } from '../plan.js';
import type { InsertContext } from './insert-strategy.js';

interface ForeignKeyRow {
  childColumn: string;
  sameSchema: number;
  parentTable: string;
  parentColumn: string;
}

const FOREIGN_KEYS = `
  SELECT column_name AS childColumn, referenced_table_schema = DATABASE() AS sameSchema,
    referenced_table_name AS parentTable, referenced_column_name AS parentColumn
  FROM information_schema.key_column_usage
  WHERE table_schema = DATABASE() AND table_name = ? AND referenced_table_name IS NOT NULL`;

// By the primary keys of both; the S locks stay until COMMIT, as those of the server's own check of each row would.
const LOCK_PARENTS = `
  SELECT COUNT(*) AS parents
  FROM slot_run_restaurant r STRAIGHT_JOIN {restaurant} p ON p.{restaurant.id} = r.restaurant_id
  WHERE r.run_id = ? AND r.ordinal BETWEEN ? AND ? LOCK IN SHARE MODE`;

// As the privilege tables write it; whoever may read them sees everybody's rows.
const OURSELVES = `CONCAT("'", REPLACE(CURRENT_USER(), "@", "'@'"), "'")`;
// Triggers are told only to who holds the TRIGGER privilege, on all schemas, on this one or on the table.
const TRIGGERS = `
  SELECT
    (SELECT COUNT(*) FROM information_schema.triggers
      WHERE event_object_schema = DATABASE() AND event_object_table = ?) AS triggers,
    (SELECT COUNT(*) FROM information_schema.user_privileges WHERE privilege_type = 'TRIGGER' AND grantee = ${OURSELVES})
    + (SELECT COUNT(*) FROM information_schema.schema_privileges
      WHERE privilege_type = 'TRIGGER' AND grantee = ${OURSELVES} AND DATABASE() LIKE table_schema)
    + (SELECT COUNT(*) FROM information_schema.table_privileges
      WHERE privilege_type = 'TRIGGER' AND grantee = ${OURSELVES} AND table_schema = DATABASE() AND table_name = ?) AS toldBy`;

/**
 * True when locking the restaurants proves every row's parents: the slot table's only foreign key is that to the restaurant's id, and it has no
 * trigger, which would insert into other tables without a check. What the user may not see counts as there.
 */
export async function onlyParentIsRestaurant(database: Database): Promise<boolean> {
  return (await onlyKeyIsRestaurant(database)) && (await hasNoTrigger(database));
}

async function hasNoTrigger(database: Database): Promise<boolean> {
  const { table } = database.names.slot;
  const [found] = await database.query<{ triggers: number; toldBy: number }>(TRIGGERS, [table, table]);
  return Number(found?.triggers) === 0 && Number(found?.toldBy) > 0;
}

async function onlyKeyIsRestaurant(database: Database): Promise<boolean> {
  const { slot, restaurant } = database.names;
  const keys = await database.query<ForeignKeyRow>(FOREIGN_KEYS, [slot.table]);
  return (
    keys.length === 1 &&
    keys.every(
      (key) =>
        key.sameSchema === 1 &&
        key.parentTable === restaurant.table &&
        key.parentColumn === restaurant.columns.id &&
        key.childColumn === slot.columns.restaurantId,
    )
  );
}

/** Locks the restaurants of a box until the end of the transaction; true when every one of them exists. */
export async function lockParents(tx: Transaction, box: PlanBox, { database, runId }: InsertContext): Promise<boolean> {
  const values = [runId, box.start, box.end - 1];
  const rows = await tx.query<{ parents: number }>(database.sql(LOCK_PARENTS), values);
  return rows[0]?.parents === box.end - box.start;
}
