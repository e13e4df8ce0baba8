import { isTablepickError } from '../errors.js';
import type { Database, SqlValue, Transaction, TransactionOptions } from './database.js';

/** Settings of {@link readAsWriter}. */
export type ReadOptions = Pick<TransactionOptions, 'isolation' | 'readsOnly' | 'retry' | 'signal'>;

/**
 * Reads what decides: in a transaction, which only a server that takes writes begins, so the answer was true at a
 * moment after the call. Two round trips more than a query. Writes nothing, so it does not matter what becomes of its
 * COMMIT; `read` may be called again.
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
 * As `Database.query`, for reading what never changes once it is there: when there is nothing, the writer is asked as
 * well, because a server that was the writer does not know what was written since.
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
