import type { Readable } from 'node:stream';

import type { RetryBudgets, RetryEvent } from '../retry.js';
import type { SchemaNames } from './names.js';

/**
 * A value that may stand for a `?` in a statement. Dates and times are strings (`YYYY-MM-DD`, `HH:MM[:SS]`), instants
 * `Date` (sent as UTC).
 */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null;

/** The result of a writing statement. */
export interface WriteResult {
  /**
   * Rows that were changed or inserted. A no-op `ON DUPLICATE KEY UPDATE` counts 0, because the FOUND_ROWS flag is off.
   */
  affectedRows: number;
  /** The first AUTO_INCREMENT id of the statement, or 0. Reading an id beyond 2^53 − 1 throws `NUMBER_TOO_LARGE`. */
  insertId: number;
  /**
   * Rows that the server read or received, from its info text ("Records: 3 Duplicates: 1 Warnings: 0"). Undefined when
   * there is no such text.
   */
  records: number | undefined;
  /** Number of warnings of the statement. `SHOW WARNINGS` lists them. */
  warnings: number;
}

/** A statement prepared on the server. It belongs to its session. */
export interface PreparedStatement {
  execute(values: readonly SqlValue[]): Promise<WriteResult>;
  close(): Promise<void>;
}

/**
 * One connection. Statements run one after another. Every error is a `TablepickError`, classified by number. DATE,
 * TIME, DATETIME and DECIMAL columns are returned as strings, BIGINT as numbers. For a BIGINT beyond 2^53 − 1, the
 * query throws `NUMBER_TOO_LARGE`.
 *
 * In every statement, placeholders such as `{slot.date}` are replaced by the schema's quoted names, those of
 * `SchemaNames`. Values of `?`, quoted text, comments, and braces around anything else stay as they are.
 */
export interface Session {
  /** The server's id of this connection, as from `CONNECTION_ID()`. */
  readonly connectionId: number;
  /** Reads rows. */
  query<Row extends object>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a writing statement over the text protocol. The client escapes the values of `?`. */
  execute(sql: string, values?: readonly SqlValue[]): Promise<WriteResult>;
  /** Prepares a statement on the server. */
  prepare(sql: string): Promise<PreparedStatement>;
  /** Runs a `LOAD DATA LOCAL INFILE` with the content of `source`. Only this call may send local data. */
  loadLocal(sql: string, source: Readable): Promise<WriteResult>;
}

/** A session inside a transaction. Only `Database.transaction` creates and ends it. */
export interface Transaction extends Session {
  /**
   * Registers a function to run after this attempt's COMMIT, also when COMMIT failed or its answer was lost. When
   * `work` fails, the function does not run. It must not throw.
   */
  afterCommit(run: () => void): void;
}

/** Facts about the server, read on connecting. */
export interface ServerInfo {
  flavour: 'mysql' | 'mariadb';
  /** The server's own text, for people: "9.7.0", "10.11.14-MariaDB". */
  version: string;
  /** For comparisons: major * 10000 + minor * 100 + patch. */
  versionNumber: number;
  /** Identifies the server beyond its address: `@@server_uuid`, on MariaDB `@@server_uid` or hostname:port:datadir. */
  serverId: string;
  /** The schema of this handle. */
  database: string;
  maxAllowedPacket: number;
  maxConnections: number;
  localInfile: boolean;
}

/** Settings of one unit of work. */
export interface TransactionOptions {
  /** Default `READ COMMITTED`: no gap locks, so parallel inserts into neighbouring ranges do not deadlock. */
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | undefined;
  /**
   * The work writes nothing, so a handle that was opened on a read-only server may run it there. Default false: the
   * transaction begins only on a server that takes writes.
   */
  readsOnly?: boolean | undefined;
  /** Longest wait for one row lock, whole seconds, 1 or more. Default: the server's `innodb_lock_wait_timeout`. */
  lockWaitSeconds?: number | undefined;
  /**
   * Longest wait for the answer to one statement, in milliseconds, 1 or more. After it the connection counts as lost.
   * Default: the handle's.
   */
  statementTimeoutMs?: number | undefined;
  /**
   * When no statement comes within the transaction for this time, the server closes the connection and rolls back.
   * Default: the server's `wait_timeout`, but at least 120.
   */
  idleSeconds?: number | undefined;
  /** Stops waiting for a connection or a retry. Never interrupts a running statement. */
  signal?: AbortSignal | undefined;
  /** `false`: the first failure is thrown. Default: `defaultRetryBudgets`. */
  retry?: RetryBudgets | false | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
}

/** A handle to one schema on one server, with a pool of connections. */
export interface Database extends AsyncDisposable {
  readonly server: ServerInfo;
  readonly names: SchemaNames;
  /** Maximum number of connections. */
  readonly poolSize: number;
  /**
   * Replaces placeholders such as `{slot.date}` by this schema's quoted names. Sessions, transactions and `query` do
   * the same by themselves. This is for statements that another client runs.
   *
   * @throws `QUERY_FAILED`, not retriable, for a placeholder that names no table or column.
   */
  sql(text: string): string;
  /**
   * Runs `work` in a transaction and commits. After a conflict or a connection lost before COMMIT, the whole
   * transaction is retried. When the server has turned read-only, the transaction is retried too: all its connections
   * are dropped, and new connections must lead to a server that takes writes.
   *
   * @throws `COMMIT_UNKNOWN`, not retriable, when the answer to COMMIT was lost: read your idempotency row or
   * checkpoint to decide.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Borrows one pooled connection outside a transaction, e.g. for locks of a session. Never call it inside a
   * transaction.
   */
  session<T>(work: (session: Session) => Promise<T>, options?: { signal?: AbortSignal | undefined }): Promise<T>;
  /**
   * Reads rows on any pooled connection, with retries. `signal` stops the wait for a connection or a retry. For some
   * seconds after a fail-over, the rows may come from the old writer. So read in a transaction before a decision.
   *
   * @throws `NUMBER_TOO_LARGE` for a whole number beyond 2^53 − 1. `CAST(column AS CHAR)` returns it as text.
   */
  query<Row extends object>(
    sql: string,
    values?: readonly SqlValue[],
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Row[]>;
  /** Closes every connection. */
  close(): Promise<void>;
}
