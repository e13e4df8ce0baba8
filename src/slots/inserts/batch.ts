import type { Transaction } from '../../database/database.js';
import type { PlanBox } from '../plan/index.js';
import { INSERT_SLOT, KEEP_EXISTING } from './insert-sql.js';
import type { InsertContext, InsertStrategy } from './insert-strategy.js';

/** Bytes for the packet header and the SQL around the rows. */
const statementOverheadBytes = 1024;

/**
 * Multi-row INSERT, as JDBC rewrites a batch. A statement has `batchRows` rows, or fewer when the server's packet limit
 * is too small.
 */
export const batch: InsertStrategy = {
  name: 'batch',
  buildsRowsOn: 'client',
  rowsPerChunk: 48_000,
  insertBox: insertBatches,
};

/** The batch path. `load-data` also uses it, for a box with existing or refused rows. */
export async function insertBatches(tx: Transaction, box: PlanBox, context: InsertContext): Promise<number> {
  const { database, builders, batchRows } = context;
  const maxBytes = database.server.maxAllowedPacket - statementOverheadBytes;
  const head = `${database.sql(INSERT_SLOT)} VALUES `;
  const tail = ` ${database.sql(KEEP_EXISTING)}`;
  let inserted = 0;
  for (const rows of await builders.build({ form: 'values', box, maxRows: batchRows, maxBytes })) {
    const result = await tx.execute(head + rows.toString('latin1') + tail);
    inserted += result.affectedRows;
  }
  return inserted;
}
