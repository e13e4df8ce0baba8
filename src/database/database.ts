import type { Readable } from 'node:stream';

import type { RetryBudgets, RetryEvent } from '../retry.js';
import type { SchemaNames } from './names.js';

/**
 * A value that may stand for a `?` in a statement. Dates and times are strings (`YYYY-MM-DD`, `HH:MM[:SS]`), instants
 * `Date` (sent as UTC).
 */
export type SqlValue = string | number | bigint | boolean | Date | Buffer | null;

/** What a writing statement did. */
export interface WriteResult {
  /** Rows really changed or inserted (the FOUND_ROWS flag is off): a no-op `ON DUPLICATE KEY UPDATE` counts 0. */
  affectedRows: number;
  /** First AUTO_INCREMENT id the statement generated, 0 when it generated none. */
  insertId: number;
  /**
   * Rows the server says it read or was given, from the info text ("Records: 3 Duplicates: 1 Warnings: 0"); undefined
   * when there is none.
   */
  records: number | undefined;
  /** Number of warnings the statement left (`SHOW WARNINGS` tells them). */
  warnings: number;
}

/** A statement prepared on the server; belongs to its session. */
export interface PreparedStatement {
  execute(values: readonly SqlValue[]): Promise<WriteResult>;
  close(): Promise<void>;
}

/**
 * One connection. Statements run one after another; every error is a `TablepickError` classified by number. DATE, TIME
 * and DATETIME columns come back as strings, BIGINT as number when safe and as string beyond 2^53, DECIMAL as string.
 */
export interface Session {
  /** The server's id of this connection, as `CONNECTION_ID()` says it. */
  readonly connectionId: number;
  /** Reads rows. */
  query<Row extends object>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a writing statement over the text protocol; `?` are escaped on the client. */
  execute(sql: string, values?: readonly SqlValue[]): Promise<WriteResult>;
  /** Prepares a statement on the server. */
  prepare(sql: string): Promise<PreparedStatement>;
  /** Runs a `LOAD DATA LOCAL INFILE` whose content is `source`; only this call may send local data. */
  loadLocal(sql: string, source: Readable): Promise<WriteResult>;
}

/** A session inside a transaction; only `Database.transaction` hands it out and ends it. */
export interface Transaction extends Session {
  /**
   * Registers what runs once this attempt's COMMIT was sent, also when nobody said whether it was applied; not after a
   * rollback. It must not throw.
   */
  afterCommit(run: () => void): void;
}

/** What is known of the server from the moment of connecting. */
export interface ServerInfo {
  flavour: 'mysql' | 'mariadb';
  /** As the server says it, for people: "9.7.0", "10.11.14-MariaDB". */
  version: string;
  /** Comparable: major * 10000 + minor * 100 + patch. */
  versionNumber: number;
  /** Identifies the server beyond its address: `@@server_uuid`, on MariaDB `@@server_uid` or hostname:port:datadir. */
  serverId: string;
  /** The schema this handle works in. */
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
   * The work writes nothing, so a handle that was opened on a read-only server does it there. Default false: only a
   * server that takes writes begins it.
   */
  readsOnly?: boolean | undefined;
  /** Longest wait for one row lock, whole seconds, 1 or more. Default: the server's `innodb_lock_wait_timeout`. */
  lockWaitSeconds?: number | undefined;
  /**
   * The server hangs up when nothing is asked within the transaction for so many seconds, and rolls back. Default: as
   * it is set.
   */
  idleSeconds?: number | undefined;
  /** Stops waiting for a connection or a retry; never interrupts a statement that was sent. */
  signal?: AbortSignal | undefined;
  /** `false`: the first failure is thrown. Default: `defaultRetryBudgets`. */
  retry?: RetryBudgets | false | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
}

/** A handle to one schema on one server with a pool of connections behind it. */
export interface Database {
  readonly server: ServerInfo;
  readonly names: SchemaNames;
  /** Most connections at once. */
  readonly poolSize: number;
  /** Puts this schema's quoted table and column names into `{slot.date}`-style placeholders. Cached per text. */
  sql(text: string): string;
  /**
   * Runs `work` in a transaction and commits. Conflicts and connections lost before COMMIT are retried as a whole, and
   * so is what a server refuses that has turned read-only: all connections to it are dropped, and new ones are used
   * only when they lead to a server that takes writes.
   *
   * @throws `COMMIT_UNKNOWN`, not retriable, when the connection broke after COMMIT was sent: read your idempotency row
   * or checkpoint to decide.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Borrows one pooled connection outside a transaction, e.g. for session-bound locks; never call it inside a
   * transaction.
   */
  session<T>(work: (session: Session) => Promise<T>, options?: { signal?: AbortSignal | undefined }): Promise<T>;
  /**
   * Reads rows on any pooled connection, retried as a unit; `signal` stops the waiting for a connection or a retry. For
   * some seconds after a fail-over the server may be one that was the writer: what decides is read in a transaction.
   *
   * @throws `NUMBER_TOO_LARGE` for a whole number beyond 2^53 − 1, which no number here is equal to: `CAST(column AS
   * CHAR)` brings it as text.
   */
  query<Row extends object>(
    sql: string,
    values?: readonly SqlValue[],
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Row[]>;
  /** Closes every connection. */
  close(): Promise<void>;
}
