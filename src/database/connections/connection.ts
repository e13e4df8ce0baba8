import { PassThrough, Readable, pipeline } from 'node:stream';

import { type TablepickError, isTablepickError } from '../../errors.js';
import type { PreparedStatement, Session, SqlValue, WriteResult } from '../database.js';
import type { DriverConnection, DriverResult, DriverStatement } from './driver.js';
import { findInexact, judgeNewId } from './exact-numbers.js';
import { classifyError } from '../mysql-errors.js';
import { type RoleRow, SELECT_ROLE, START_WRITING, type ServerRole, NotTheWriter, toRole } from './server-role.js';
import { USUAL_WAIT_TIMEOUT } from './session-settings.js';
import type { SessionSetup } from './session-setup.js';

const LIMIT_IDLE = 'SET SESSION wait_timeout = ';

const LIMIT_LOCK_WAIT = 'SET SESSION innodb_lock_wait_timeout = ';

/** Settings of a {@link Connection}. */
export interface ConnectionSettings {
  /** Longest wait for an answer, in milliseconds. */
  statementTimeoutMs: number | undefined;
  /** Initializes the sessions of this server. */
  setup: SessionSetup;
  /** Replaces the placeholders of a statement by the schema's names. */
  render: (sql: string) => string;
}

/** One physical connection. It runs statements, classifies errors and knows when it is broken. */
export class Connection implements Session {
  /** The error that broke the connection. Every later statement fails with it. */
  broken: TablepickError | undefined;
  /** Beginning of the last statement, without its values. */
  lastStatement = 'nothing yet';
  readonly #driver: DriverConnection;
  readonly #usualTimeoutMs: number | undefined;
  #statementTimeoutMs: number | undefined;
  readonly #setup: SessionSetup;
  readonly #render: (sql: string) => string;
  readonly #pending = new Set<(error: TablepickError) => void>();
  #wroteAtMs = -Infinity;
  #lockWaitSeconds: number | undefined;
  #idleSeconds: number | undefined;

  constructor(driver: DriverConnection, { statementTimeoutMs, setup, render }: ConnectionSettings) {
    this.#driver = driver;
    this.#usualTimeoutMs = statementTimeoutMs;
    this.#statementTimeoutMs = statementTimeoutMs;
    this.#setup = setup;
    this.#render = render;
    driver.on('error', (error) => this.#breakWith(classifyError(error, 'waiting on an idle connection')));
    driver.on('end', () => this.#breakWith(lost('the server hung up')));
  }

  get connectionId(): number {
    return this.#driver.threadId;
  }

  /** Sets the session variables that tablepick's statements need. */
  async initialize(): Promise<void> {
    await this.#setup.apply(this);
    this.lastStatement = 'nothing yet';
  }

  /**
   * Asks whether the server takes writes now. When it cannot answer, as a proxy, it counts as a writer.
   *
   * @throws `CONNECTION_LOST`.
   */
  async readRole(): Promise<ServerRole> {
    const before = this.lastStatement;
    const rows = await this.query<RoleRow>(SELECT_ROLE).catch((error: unknown) => {
      if (isTablepickError(error, 'CONNECTION_LOST')) throw error;
      return [];
    });
    this.lastStatement = before;
    const role = toRole(rows[0]);
    if (role === 'writer') this.#wroteAtMs = performance.now();
    return role;
  }

  /**
   * Asks whether the server still takes writes, unless it did within the last `withinMs`. When it does not, the
   * connection counts as broken.
   *
   * @throws `CONNECTION_LOST`.
   */
  async proveWriter(withinMs: number): Promise<void> {
    if (performance.now() - this.#wroteAtMs < withinMs || (await this.readRole()) === 'writer') return;
    this.broken ??= new NotTheWriter('looking for the writer');
    throw this.broken;
  }

  /**
   * Begins a transaction on a server that takes writes.
   *
   * @throws `CONNECTION_LOST`, also when the server has turned read-only.
   */
  async startWriting(): Promise<void> {
    await this.execute(START_WRITING);
    this.#wroteAtMs = performance.now();
  }

  /** Drops locks, variables, temporary tables and an open transaction, then initializes again. */
  async reset(): Promise<void> {
    await this.#run('resetting the session', (done) => this.#driver.reset((error) => done(error, null)));
    this.#lockWaitSeconds = undefined;
    this.#idleSeconds = undefined;
    await this.initialize();
  }

  /** Sets the longest wait for an answer, in milliseconds. Undefined: the usual one. */
  limitStatement(timeoutMs: number | undefined): void {
    this.#statementTimeoutMs = timeoutMs ?? this.#usualTimeoutMs;
  }

  /**
   * Sets the longest wait for one row lock, in whole seconds. Undefined: the server's setting. Sends a statement only
   * when the value changes.
   */
  async limitLockWait(seconds: number | undefined): Promise<void> {
    if (seconds === this.#lockWaitSeconds) return;
    await this.execute(`${LIMIT_LOCK_WAIT}${seconds ?? 'DEFAULT'}`);
    this.#lockWaitSeconds = seconds;
  }

  /**
   * Sets the idle seconds after which the server closes the connection. Undefined: the server's setting, or 120 when
   * that is less. Sends a statement only when the value changes.
   */
  async limitIdle(seconds: number | undefined): Promise<void> {
    if (seconds === this.#idleSeconds) return;
    await this.execute(`${LIMIT_IDLE}${seconds ?? USUAL_WAIT_TIMEOUT}`);
    this.#idleSeconds = seconds;
  }

  async query<Row extends object>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    const sql = this.#render(text);
    return this.#run<Row[]>(sql, (done) =>
      this.#driver.query({ sql, values: [...values] }, (error, rows, fields) => {
        if (error !== null) return done(error, []);
        const inexact = findInexact(rows as Row[], fields ?? []);
        return done(inexact ?? null, rows as Row[]);
      }),
    );
  }

  async execute(text: string, values: readonly SqlValue[] = []): Promise<WriteResult> {
    const sql = this.#render(text);
    return toWriteResult(await this.#run(sql, (done) => this.#driver.query({ sql, values: [...values] }, done)));
  }

  async prepare(text: string): Promise<PreparedStatement> {
    const sql = this.#render(text);
    const statement = await this.#run<DriverStatement>(sql, (done) => this.#driver.prepare(sql, done));
    return {
      execute: async (values) => toWriteResult(await this.#run(sql, (done) => statement.execute([...values], done))),
      close: async () => {
        if (this.broken === undefined) this.#driver.unprepare(sql);
      },
    };
  }

  async loadLocal(text: string, source: Readable): Promise<WriteResult> {
    const sql = this.#render(text);
    const feed = openFeed(source);
    const forget = watchListeners(this.#driver.stream);
    try {
      const infileStreamFactory = () => (feed.destroyed ? brokenStream(feed.errored) : feed);
      return toWriteResult(await this.#run(sql, (done) => this.#driver.query({ sql, infileStreamFactory }, done)));
    } finally {
      feed.destroy();
      forget();
    }
  }

  /** Tells the server to end the session, then closes the connection. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#driver.end(() => resolve()));
    this.destroy('the connection was closed');
  }

  /**
   * Closes the connection at once. Running statements fail with CONNECTION_LOST, and the server rolls back an open
   * transaction.
   */
  destroy(why: string): void {
    this.#breakWith(lost(why));
    this.#driver.destroy();
    this.#driver.stream.destroy();
  }

  #run<T>(sql: string, send: (done: (error: Error | null, result: T) => void) => unknown): Promise<T> {
    if (this.broken !== undefined) return Promise.reject(this.broken);
    const doing = abbreviate(sql);
    this.lastStatement = doing;
    return new Promise<T>((resolve, reject) => {
      const settled = () => {
        clearTimeout(timer);
        this.#pending.delete(fail);
      };
      const fail = (error: unknown) => {
        settled();
        const classified = classifyError(error, doing);
        if (classified.code === 'CONNECTION_LOST') this.broken ??= classified;
        reject(classified);
      };
      const timer = this.#startTimer(doing, fail);
      // When a connection is destroyed, the driver forgets running statements. So this class rejects them.
      this.#pending.add(fail);
      send((error, result) => {
        if (error) return fail(error);
        settled();
        resolve(result);
      });
    });
  }

  #startTimer(doing: string, fail: (error: TablepickError) => void): NodeJS.Timeout | undefined {
    const ms = this.#statementTimeoutMs;
    if (ms === undefined) return undefined;
    const giveUp = () => {
      if (this.#pending.has(fail)) this.destroy(`no answer within ${ms} ms to ${doing}`);
    };
    // When this process was stopped meanwhile, the answer may have arrived. It is read first.
    return setTimeout(() => setImmediate(giveUp), ms);
  }

  #breakWith(error: TablepickError): void {
    this.broken ??= error;
    for (const fail of this.#pending) fail(this.broken);
  }
}

function lost(why: string): TablepickError {
  return classifyError(Object.assign(new Error(why), { code: 'PROTOCOL_CONNECTION_LOST' }), 'connection lost');
}

/** Uses only the beginning of a statement, because a batch's statement is long and this runs for each. */
function abbreviate(sql: string): string {
  const oneLine = sql.slice(0, 400).trim().replace(/\s+/g, ' ');
  return oneLine.length > 100 ? `${oneLine.slice(0, 99)}…` : oneLine;
}

function toWriteResult(answer: unknown): WriteResult {
  const { affectedRows = 0, insertId = 0, info = '', warningStatus = 0 } = answer as Partial<DriverResult>;
  const inexact = judgeNewId(insertId);
  const records = /Records:\s*(\d+)/.exec(info)?.[1];
  return {
    affectedRows,
    // The error is thrown only when `insertId` is read. A caller with its own ids never reads it, and its row is
    // written.
    get insertId() {
      if (inexact !== undefined) throw inexact;
      return insertId;
    },
    records: records === undefined ? undefined : Number(records),
    warnings: warningStatus,
  };
}

/**
 * Wraps `source` in a stream of non-empty buffers, because the driver reads an empty buffer as the end. When the source
 * breaks or ends early, the stream breaks, and the reverse.
 */
function openFeed(source: Readable): PassThrough {
  const feed = new PassThrough({ writableObjectMode: source.readableObjectMode });
  // The outcome reaches the statement through the feed itself.
  pipeline(source, feed, () => {});
  return feed;
}

/**
 * When a load fails, the driver leaves its listeners on the socket. The returned function removes the listeners added
 * since this call.
 */
function watchListeners(socket: DriverConnection['stream']): () => void {
  const known = new Set([...socket.listeners('pause'), ...socket.listeners('drain')]);
  return () => {
    for (const event of ['pause', 'drain'] as const) {
      const left = socket.listeners(event).filter((listener) => !known.has(listener));
      for (const listener of left) socket.off(event, listener as () => void);
    }
  };
}

/** When a stream broke before the driver listens, the driver waits for ever. This stream breaks when it is read. */
function brokenStream(error: Error | null): Readable {
  return new Readable({
    read() {
      this.destroy(error ?? new Error('the stream of rows was closed before it was read'));
    },
  });
}
