import { createHash } from 'node:crypto';

import type { Database } from '../../database/database.js';
import { TablepickError } from '../../errors.js';

const TABLE_CREATED = `
  SELECT CAST(create_time AS CHAR) AS createdAt FROM information_schema.tables
  WHERE table_schema = ? AND table_name = ?`;
const TABLE_COLUMNS = `
  SELECT column_name AS name, column_type AS type, is_nullable AS nullable FROM information_schema.columns
  WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`;

/**
 * What the slot table was when a run began: its creation time and a hash of its columns. A table dropped, truncated or altered since
 * has another identity, so a resumed run never trusts checkpoints of rows that are gone.
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
  return `${created[0].createdAt ?? 'unknown'} ${hash}`;
}
