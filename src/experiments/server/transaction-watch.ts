import { LatencyHistogram } from '../../bench/load/latency-histogram.js';
import type { LatencyRecord } from '../../bench/load/latency-histogram.js';
import { isDeadlock } from '../../database/index.js';
import type { Database, Transaction } from '../../database/index.js';

/** The counts and times of a {@link TransactionWatch}; plain data. */
export interface WatchedTransactions {
  begun: number;
  /** All transactions that did not commit, including those that were tried again. */
  rolledBack: number;
  /** Transactions that the server rolled back because of a deadlock. */
  deadlocked: number;
  /** Time from the answer to a transaction's first statement that locks rows to the answer to its COMMIT. */
  lockHeld: LatencyRecord;
  /** Time from the request for a transaction to the answer to its BEGIN. */
  poolWait: LatencyRecord;
}

const LOCKS_ROWS = /^\s*(INSERT|UPDATE|DELETE)\b|\bFOR (UPDATE|INSERT)\b/i;

/** Watches transactions from outside. */
export class TransactionWatch {
  #begun = 0;
  #rolledBack = 0;
  #deadlocked = 0;
  #lockHeld = new LatencyHistogram();
  #poolWait = new LatencyHistogram();

  /** Resets all counts and times. */
  restart(): void {
    this.#begun = 0;
    this.#rolledBack = 0;
    this.#deadlocked = 0;
    this.#lockHeld = new LatencyHistogram();
    this.#poolWait = new LatencyHistogram();
  }

  /** A handle to the same database whose transactions are watched. */
  over(database: Database): Database {
    const transaction: Database['transaction'] = async (work, options) => {
      const askedMs = performance.now();
      let attempt: Attempt | undefined;
      const begin: typeof work = (tx) => {
        if (attempt === undefined) recordSince(this.#poolWait, askedMs);
        else this.#countRollback(attempt);
        this.#begun += 1;
        attempt = { lockedMs: undefined, deadlocked: false };
        return work(watchStatements(tx, attempt));
      };
      const result = await database.transaction(begin, options).catch((error: unknown) => {
        if (attempt !== undefined) this.#countRollback(attempt);
        throw error;
      });
      if (attempt?.lockedMs !== undefined) recordSince(this.#lockHeld, attempt.lockedMs);
      return result;
    };
    return { ...database, transaction };
  }

  /** Counts a transaction that was run without {@link TransactionWatch.over}. */
  count(committed: boolean): void {
    this.#begun += 1;
    if (!committed) this.#rolledBack += 1;
  }

  #countRollback({ deadlocked }: Attempt): void {
    this.#rolledBack += 1;
    if (deadlocked) this.#deadlocked += 1;
  }

  /** The counts and times as plain data. */
  toRecord(): WatchedTransactions {
    return {
      begun: this.#begun,
      rolledBack: this.#rolledBack,
      deadlocked: this.#deadlocked,
      lockHeld: this.#lockHeld.toRecord(),
      poolWait: this.#poolWait.toRecord(),
    };
  }
}

interface Attempt {
  /** When its first row lock was granted. */
  lockedMs: number | undefined;
  deadlocked: boolean;
}

function watchStatements(tx: Transaction, attempt: Attempt): Transaction {
  const watch = async <T>(sql: string, answer: Promise<T>): Promise<T> => {
    try {
      const result = await answer;
      if (attempt.lockedMs === undefined && LOCKS_ROWS.test(sql)) attempt.lockedMs = performance.now();
      return result;
    } catch (error) {
      attempt.deadlocked ||= isDeadlock(error);
      throw error;
    }
  };
  return {
    connectionId: tx.connectionId,
    query: (sql, values) => watch(sql, tx.query(sql, values)),
    execute: (sql, values) => watch(sql, tx.execute(sql, values)),
    prepare: (sql) => tx.prepare(sql),
    loadLocal: (sql, source) => watch(sql, tx.loadLocal(sql, source)),
    afterCommit: (run) => tx.afterCommit(run),
  };
}

function recordSince(histogram: LatencyHistogram, sinceMs: number): void {
  histogram.record((performance.now() - sinceMs) * 1000);
}
