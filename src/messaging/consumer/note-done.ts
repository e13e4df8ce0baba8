import type { Database, Transaction } from '../../database/index.js';
import { retryTransient } from '../../retry.js';

/** Longest wait for one row lock, in seconds. Without it, a stop could take minutes. */
export const LOCK_WAIT_SECONDS = 5;

/**
 * Writes the notes of a handler that did not write them itself, even after `signal` has fired. After that, a failed
 * note is not tried again.
 */
export async function noteDone(
  { database, signal }: { database: Database; signal?: AbortSignal | undefined },
  write: (tx: Transaction) => Promise<unknown>,
): Promise<void> {
  const once = { retry: false, lockWaitSeconds: LOCK_WAIT_SECONDS } as const;
  await retryTransient(() => database.transaction(write, once), { signal });
}
