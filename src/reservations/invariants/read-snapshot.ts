import type { Database, Transaction } from '../../database/index.js';
import { readAsWriter } from '../../database/read-as-writer.js';

/**
 * Reads all of `read` as it is at one moment, also on a replica that the handle was opened on; it may be called again.
 * Nothing is locked.
 */
export async function readSnapshot<T>(
  database: Database,
  read: (tx: Transaction) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  // REPEATABLE READ: the first read takes the snapshot that all others of the transaction see.
  return readAsWriter(database, read, { isolation: 'REPEATABLE READ', readsOnly: true, signal });
}
