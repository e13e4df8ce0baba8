import { sleepUnlessAborted } from './abort/sleep-unless-aborted.js';
import { TablepickError, isTablepickError } from './errors.js';

/** Number and waits of the retries for one class of failure. */
export interface RetryBudget {
  /** Attempts after the first one, 0 or more. */
  retries: number;
  /** First wait in milliseconds. It doubles on each further attempt. */
  baseMs: number;
  /** Longest single wait in milliseconds. */
  capMs: number;
}

/** The two budgets of the retry rule: many short waits for conflicts, longer waits for lost connections. */
export interface RetryBudgets {
  conflict: RetryBudget;
  connection: RetryBudget;
}

/**
 * Defaults. The waits add up to 4 s for conflicts and one minute for a restarting server on average, at most twice
 * that.
 */
export const defaultRetryBudgets: RetryBudgets = {
  conflict: { retries: 20, baseMs: 5, capMs: 500 },
  connection: { retries: 20, baseMs: 200, capMs: 8000 },
};

/** No retries for this class of failure. */
export const NO_RETRY: RetryBudget = { retries: 0, baseMs: 0, capMs: 0 };

/** The event of {@link retryTransient} before each wait. */
export interface RetryEvent {
  error: TablepickError;
  /** 1 for the first retry. */
  attempt: number;
  waitMs: number;
}

/** Settings of {@link retryTransient}. */
export interface RetryOptions {
  budgets?: RetryBudgets | undefined;
  signal?: AbortSignal | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
}

/**
 * The wait before retry `attempt` (1, 2, …) in milliseconds: exponential with full jitter.
 *
 * @param random A number in [0, 1).
 * @source Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
 */
export function backoffMs(budget: RetryBudget, attempt: number, random: number): number {
  const ceiling = Math.min(budget.capMs, budget.baseMs * 2 ** (attempt - 1));
  return Math.ceil(ceiling * random);
}

/**
 * Runs `work`. When it fails with a retriable {@link TablepickError}, `work` runs again until the budget of that
 * error's class is spent. The whole unit of work is repeated, so it must begin its own transaction. An unknown COMMIT
 * is never retried here.
 *
 * @throws The last error of `work` when its budget is spent or it is not retriable; `ABORTED` when `signal` fires while
 * waiting.
 * @example
 * await retryTransient(() => database.transaction((tx) => tx.execute('UPDATE seat SET free = free - 1')), { signal });
 */
export async function retryTransient<T>(work: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const budgets = options.budgets ?? defaultRetryBudgets;
  const used = { conflict: 0, connection: 0 };
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isTablepickError(error) || !error.retriable) throw error;
      const kind = error.code === 'CONFLICT' ? 'conflict' : 'connection';
      used[kind] += 1;
      if (used[kind] > budgets[kind].retries) throw error;
      const waitMs = backoffMs(budgets[kind], used[kind], Math.random());
      options.onRetry?.({ error, attempt: used[kind], waitMs });
      await waitOrAbort(waitMs, options.signal);
    }
  }
}

async function waitOrAbort(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleepUnlessAborted(waitMs, signal);
  if (signal?.aborted) throw new TablepickError('ABORTED', 'stopped while waiting to retry', { cause: signal.reason });
}
