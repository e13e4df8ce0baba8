import { isTablepickError } from '../errors.js';
import type { Database, SqlValue, Transaction, TransactionOptions } from './database.js';

/** Settings of {@link readAsWriter}. */
export type ReadOptions = Pick<TransactionOptions, 'isolation' | 'readsOnly' | 'retry' | 'signal'>;

/**
 * Reads in a transaction on a server that takes writes, so the answer is current. Use it for reads before a decision.
 * It takes two round trips more than a query. Nothing is written, so a lost COMMIT does not matter. `read` may be
 * called again.
 *
 * @throws What `read` throws; `CONNECTION_LOST`, retriable, when no writer is found within the retry budget.
 */
export async function readAsWriter<T>(
  database: Pick<Database, 'transaction'>,
  read: (tx: Transaction) => Promise<T>,
  options: ReadOptions = {},
): Promise<T> {
  const seen: T[] = [];
  const readOnce = async (tx: Transaction): Promise<T> => {
    const value = await read(tx);
    seen.push(value);
    return value;
  };
  try {
    return await database.transaction(readOnce, options);
  } catch (error) {
    if (isTablepickError(error, 'COMMIT_UNKNOWN')) return seen.at(-1) as T;
    throw error;
  }
}

/**
 * Like `Database.query`, for rows that never change after their INSERT. When there is no row, the writer is asked too,
 * because an old writer does not have newer rows.
 *
 * @throws As {@link readAsWriter}.
 */
export async function queryWriterIfEmpty<Row extends object>(
  database: Pick<Database, 'query' | 'transaction'>,
  sql: string,
  { values = [], signal }: { values?: readonly SqlValue[]; signal?: AbortSignal | undefined } = {},
): Promise<Row[]> {
  const rows = await database.query<Row>(sql, values, { signal });
  return rows.length > 0 ? rows : readAsWriter(database, (tx) => tx.query<Row>(sql, values), { signal });
}
