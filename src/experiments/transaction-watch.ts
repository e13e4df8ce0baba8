import { LatencyHistogram } from '../bench/latency-histogram.js';
import type { LatencyRecord } from '../bench/latency-histogram.js';
import type { Database, Transaction } from '../database/index.js';

/** What a {@link TransactionWatch} saw; plain data. */
export interface WatchedTransactions {
  begun: number;
  /** All that did not commit, those that were tried again among them. */
  rolledBack: number;
  /** From the answer to a transaction's first statement that locks rows to the answer to its COMMIT. */
  lockHeld: LatencyRecord;
  /** From asking for a transaction to the answer to its BEGIN. */
  poolWait: LatencyRecord;
}

const LOCKS_ROWS = /^\s*(INSERT|UPDATE|DELETE)\b|\bFOR UPDATE\b/i;

/** Watches transactions from outside. */
export class TransactionWatch {
  #begun = 0;
  #rolledBack = 0;
  #lockHeld = new LatencyHistogram();
  #poolWait = new LatencyHistogram();

  /** Forgets what was seen. */
  restart(): void {
    this.#begun = 0;
    this.#rolledBack = 0;
    this.#lockHeld = new LatencyHistogram();
    this.#poolWait = new LatencyHistogram();
  }

  /** A handle to the same database whose transactions are watched. */
  over(database: Database): Database {
    const transaction: Database['transaction'] = async (work, options) => {
      const askedMs = performance.now();
      let attempt: Attempt | undefined;
      const result = await database
        .transaction((tx) => {
          if (attempt === undefined) recordSince(this.#poolWait, askedMs);
          else this.#rolledBack += 1;
          this.#begun += 1;
          attempt = { lockedMs: undefined };
          return work(watchLocks(tx, attempt));
        }, options)
        .catch((error: unknown) => {
          if (attempt !== undefined) this.#rolledBack += 1;
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

  /** What was seen. */
  toRecord(): WatchedTransactions {
    return {
      begun: this.#begun,
      rolledBack: this.#rolledBack,
      lockHeld: this.#lockHeld.toRecord(),
      poolWait: this.#poolWait.toRecord(),
    };
  }
}

interface Attempt {
  /** When its first row lock was granted. */
  lockedMs: number | undefined;
}

function watchLocks(tx: Transaction, attempt: Attempt): Transaction {
  const note = <T>(sql: string, answer: T): T => {
    if (attempt.lockedMs === undefined && LOCKS_ROWS.test(sql)) attempt.lockedMs = performance.now();
    return answer;
  };
  return {
    connectionId: tx.connectionId,
    query: async (sql, values) => note(sql, await tx.query(sql, values)),
    execute: async (sql, values) => note(sql, await tx.execute(sql, values)),
    prepare: (sql) => tx.prepare(sql),
    loadLocal: (sql, source) => tx.loadLocal(sql, source),
  };
}

function recordSince(histogram: LatencyHistogram, sinceMs: number): void {
  histogram.record((performance.now() - sinceMs) * 1000);
}
