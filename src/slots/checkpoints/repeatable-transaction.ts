import type { Database, Transaction } from '../../database/database.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import type { RetryBudgets } from '../../retry.js';

/** Settings of {@link repeatableTransaction}. */
export interface RepeatableOptions {
  retry?: RetryBudgets | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a transaction that may safely run twice. When the answer to its COMMIT is lost, it runs again.
 *
 * @throws What `work` throws; `CONNECTION_LOST` once the retry budget is spent, never `COMMIT_UNKNOWN`.
 */
export async function repeatableTransaction<T>(
  database: Database,
  work: (tx: Transaction) => Promise<T>,
  { retry, signal }: RepeatableOptions = {},
): Promise<T> {
  const attempt = (): Promise<T> => database.transaction(work, { retry: false, signal }).catch(rethrowRetriable);
  return retryTransient(attempt, { budgets: retry, signal });
}

function rethrowRetriable(error: unknown): never {
  if (!isTablepickError(error, 'COMMIT_UNKNOWN')) throw error;
  throw new TablepickError('CONNECTION_LOST', error.message, {
    retriable: true,
    hint: 'see whether the server is up, then run the same command again',
    cause: error,
  });
}
