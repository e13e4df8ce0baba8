import type { Database } from '../database.js';

/** A column of a child table, and the parent column of its foreign key. */
export interface ParentReference {
  table: string;
  column: string;
  parentTable: string;
  parentColumn: string;
}

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

// The current user in the form of the privilege tables. These tables may also show rows of other users.
const OURSELVES = `CONCAT("'", REPLACE(CURRENT_USER(), "@", "'@'"), "'")`;
// A user sees triggers only with the TRIGGER privilege on all schemas, this schema or the table.
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
 * True when a lock on the rows of `reference` proves every parent of a row. Then it is the table's only foreign key,
 * and the table has no trigger. A trigger could insert into other tables without a check. When the user may not see
 * triggers, the table counts as having one.
 */
export async function isOnlyParent(database: Database, reference: ParentReference): Promise<boolean> {
  return (await isOnlyForeignKey(database, reference)) && (await hasNoTrigger(database, reference.table));
}

async function isOnlyForeignKey(database: Database, reference: ParentReference): Promise<boolean> {
  const keys = await database.query<ForeignKeyRow>(FOREIGN_KEYS, [reference.table]);
  return (
    keys.length === 1 &&
    keys.every(
      (key) =>
        key.sameSchema === 1 &&
        key.parentTable === reference.parentTable &&
        key.parentColumn === reference.parentColumn &&
        key.childColumn === reference.column,
    )
  );
}

async function hasNoTrigger(database: Database, table: string): Promise<boolean> {
  const [found] = await database.query<{ triggers: number; toldBy: number }>(TRIGGERS, [table, table]);
  return Number(found?.triggers) === 0 && Number(found?.toldBy) > 0;
}
