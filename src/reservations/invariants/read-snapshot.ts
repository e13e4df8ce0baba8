import type { Database, Transaction } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';

/** Reads all of `read` as it is at one moment; it may be called again. Nothing is locked. */
export async function readSnapshot<T>(
  database: Database,
  read: (tx: Transaction) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const seen: T[] = [];
  // REPEATABLE READ: the first read takes the snapshot that all others of the transaction see.
  const options = { isolation: 'REPEATABLE READ', signal } as const;
  try {
    return await database.transaction(async (tx) => {
      const value = await read(tx);
      seen.push(value);
      return value;
    }, options);
  } catch (error) {
    // Nothing was written, so it does not matter what became of the COMMIT.
    if (isTablepickError(error, 'COMMIT_UNKNOWN')) return seen.at(-1) as T;
    throw error;
  }
}
