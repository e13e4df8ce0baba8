import type { TransactionOptions } from '../../database/index.js';
import { defaultRetryBudgets } from '../../retry.js';
import { LOCK_WAIT_SECONDS } from './note-done.js';

/**
 * How long the transaction of a batch waits for locks. A row that somebody holds for long must not stop the others. So
 * several messages wait less than one alone.
 */
export function batchWait(messages: number): Pick<TransactionOptions, 'lockWaitSeconds' | 'retry'> {
  if (messages === 1) return { lockWaitSeconds: LOCK_WAIT_SECONDS };
  const { conflict, connection } = defaultRetryBudgets;
  return { lockWaitSeconds: 1, retry: { connection, conflict: { ...conflict, retries: 3 } } };
}
