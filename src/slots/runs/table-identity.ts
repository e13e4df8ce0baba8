import { createHash } from 'node:crypto';

import type { Database } from '../../database/database.js';
import { selectTableId } from '../../database/dialect.js';
import { TablepickError, isTablepickError } from '../../errors.js';

const TABLE_CREATED = `
  SELECT CAST(create_time AS CHAR) AS createdAt FROM information_schema.tables
  WHERE table_schema = ? AND table_name = ?`;
const TABLE_COLUMNS = `
  SELECT column_name AS name, column_type AS type, is_nullable AS nullable FROM information_schema.columns
  WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`;

/**
 * The identity of the slot table: its creation time, a hash of its columns and, for a user with the PROCESS privilege,
 * its InnoDB id. When the table is dropped, truncated or altered, its identity changes. So a resumed run never trusts
 * checkpoints of lost rows. On MariaDB, TRUNCATE keeps the creation time: only the id changes.
 *
 * @throws `MISSING_TABLE` when there is no slot table.
 * @source MySQL Reference Manual, "The INFORMATION_SCHEMA TABLES Table": CREATE_TIME.
 */
export async function readTableIdentity(database: Database): Promise<string> {
  const table = database.names.slot.table;
  const where = [database.server.database, table];
  const created = await database.query<{ createdAt: string | null }>(TABLE_CREATED, where);
  if (created[0] === undefined) {
    throw new TablepickError('MISSING_TABLE', `there is no table ${table} in ${database.server.database}`, {
      hint: 'tablepick init',
    });
  }
  const columns = await database.query<object>(TABLE_COLUMNS, where);
  const hash = createHash('sha256').update(JSON.stringify(columns)).digest('hex').slice(0, 16);
  const id = await readTableId(database);
  return `${created[0].createdAt ?? 'unknown'} ${hash}${id === undefined ? '' : ` #${id}`}`;
}

/** True when both may be the same table. The ids are compared only when both are known. */
export function isSameTable(one: string, other: string): boolean {
  const [[a, idOfA], [b, idOfB]] = [splitIdentity(one), splitIdentity(other)];
  return a === b && (idOfA === undefined || idOfB === undefined || idOfA === idOfB);
}

function splitIdentity(identity: string): [string | undefined, string | undefined] {
  const [table, id] = identity.split(' #');
  return [table, id];
}

async function readTableId(database: Database): Promise<string | undefined> {
  const { server, names } = database;
  const name = `${server.database}/${names.slot.table}`;
  try {
    const rows = await database.query<{ id: number | string }>(selectTableId(server.flavour), [name]);
    return rows[0] === undefined ? undefined : String(rows[0].id);
  } catch (error) {
    if (isTablepickError(error, 'ACCESS_DENIED')) return undefined;
    throw error;
  }
}
