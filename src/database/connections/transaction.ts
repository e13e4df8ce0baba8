import { TablepickError, isTablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import type { Connection } from './connection.js';
import type { Transaction, TransactionOptions } from '../database.js';
import { leaseSession } from './lease.js';
import { leavesCommitOpen } from '../mysql-errors.js';
import type { Pool } from './pool.js';

const SET_REPEATABLE_READ = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ';

/**
 * Runs `work` in a transaction on a connection of `pool`. After a conflict or a connection lost before COMMIT, all of
 * it runs again.
 *
 * @throws `COMMIT_UNKNOWN`, not retriable, when the answer to COMMIT was lost.
 */
export async function runTransaction<T>(
  pool: Pool,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const attempt = () => attemptTransaction(pool, work, options);
  if (options.retry === false) return attempt();
  return retryTransient(attempt, { budgets: options.retry, signal: options.signal, onRetry: options.onRetry });
}

async function attemptTransaction<T>(
  pool: Pool,
  work: (tx: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const connection = await pool.acquire('transaction', options.signal);
  const afterCommit: (() => void)[] = [];
  try {
    await begin(connection, options, pool.needsWriter || options.readsOnly !== true);
    const result = await runWork(connection, work, afterCommit);
    await commit(connection).finally(() => runAll(afterCommit));
    return result;
  } catch (error) {
    await rollBack(connection, error);
    throw error;
  } finally {
    connection.limitStatement(undefined);
    pool.release(connection);
  }
}

async function begin(connection: Connection, options: TransactionOptions, onWriter: boolean): Promise<void> {
  connection.limitStatement(options.statementTimeoutMs);
  await connection.limitLockWait(options.lockWaitSeconds);
  await connection.limitIdle(options.idleSeconds);
  if (options.isolation === 'REPEATABLE READ') await connection.execute(SET_REPEATABLE_READ);
  if (onWriter) await connection.startWriting();
  else await connection.execute('START TRANSACTION');
}

function runAll(callbacks: readonly (() => void)[]): void {
  for (const run of callbacks) run();
}

async function runWork<T>(
  connection: Connection,
  work: (tx: Transaction) => Promise<T>,
  afterCommit: (() => void)[],
): Promise<T> {
  const lease = leaseSession(connection, 'transaction');
  try {
    const result = await work({ ...lease.session, afterCommit: (run) => void afterCommit.push(run) });
    const doom = lease.doom();
    if (doom !== undefined) throw doom;
    return result;
  } finally {
    lease.end();
  }
}

async function commit(connection: Connection): Promise<void> {
  // The connection broke before COMMIT was sent. Nothing was committed, so the transaction may run again.
  if (connection.broken !== undefined) throw connection.broken;
  try {
    await connection.execute('COMMIT');
  } catch (error) {
    if (!isTablepickError(error) || !leavesCommitOpen(error)) throw error;
    throw new TablepickError(
      'COMMIT_UNKNOWN',
      `COMMIT was sent and nobody said whether it was applied: ${error.message}`,
      { hint: 'read back what the transaction should have written, then decide whether to run it again', cause: error },
    );
  }
}

/** When ROLLBACK fails, the connection is destroyed. Then the server rolls back by itself. */
async function rollBack(connection: Connection, reason: unknown): Promise<void> {
  if (isTablepickError(reason, 'COMMIT_UNKNOWN')) return connection.destroy('its COMMIT was not answered');
  if (connection.broken !== undefined) return;
  try {
    await connection.execute('ROLLBACK');
  } catch {
    connection.destroy('its ROLLBACK failed');
  }
}
