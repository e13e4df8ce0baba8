import type { Database, Transaction } from '../../database/index.js';
import { readAsWriter } from '../../database/read-as-writer.js';

/**
 * Runs `read` on the state of one moment, also on a replica that the handle was opened on. `read` may be called again.
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
