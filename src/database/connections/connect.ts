import { checkInteger } from '../../check-option.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import { Connection, type ConnectionSettings } from './connection.js';
import type { Database, ServerInfo, Session } from '../database.js';
import { parseDatabaseUrl, type DatabaseAddress, type SslMode } from './database-url.js';
import { SELECT_VERSION, parseVersion, selectServerInfo } from '../dialect.js';
import { openConnection, type OpenOptions } from './driver.js';
import { leaseSession } from './lease.js';
import { cacheSql } from './sql-cache.js';
import { classifyError, mysqlErrno } from '../mysql-errors.js';
import { defaultNames, renderSql, type SchemaNames } from '../names.js';
import { type Opened, Pool, type Purpose } from './pool.js';
import { READ_ONLY_HINT } from './server-role.js';
import { SessionSetup } from './session-setup.js';
import { runTransaction } from './transaction.js';

/** Settings of {@link connect}. */
export interface ConnectOptions {
  /** `mysql://user:password@host:port/database`. */
  url: string;
  /** Used instead of a password in the URL. */
  password?: string | undefined;
  /** Default {@link defaultNames}. */
  names?: SchemaNames | undefined;
  /** Maximum number of connections, 1 or more. Default 10. */
  poolSize?: number | undefined;
  /** Default 10000. */
  connectTimeoutMs?: number | undefined;
  /**
   * Longest wait for the answer to one statement, in milliseconds, 1 or more. After it the connection counts as lost.
   * Should be longer than any wait for a lock. Default: as long as the operating system keeps the connection.
   */
  statementTimeoutMs?: number | undefined;
  /** Longest wait for a free connection of the pool. Default 30000. */
  acquireTimeoutMs?: number | undefined;
  /** Used instead of `ssl-mode` in the URL. */
  sslMode?: SslMode | undefined;
  /** Path of a PEM file, used instead of `ssl-ca` in the URL. */
  sslCa?: string | undefined;
  /**
   * Refuses a server that is read-only now. Default false: reads use the read-only server, and the first write waits
   * for a writer, because a fail-over takes some time.
   */
  mustWrite?: boolean | undefined;
}

/**
 * Opens a handle to the schema in `url`, with one connection at first. Close the handle when done.
 *
 * When a later connection cannot be opened, the call fails with the retriable `CONNECTION_LOST`. So work survives a
 * restart of the server.
 *
 * @throws `BAD_URL`, `BAD_OPTION`, `SERVER_UNREACHABLE`, `ACCESS_DENIED`, `UNKNOWN_DATABASE`, `SERVER_UNSUPPORTED` or
 * `SERVER_UNFIT` (also when `mustWrite` is set and the server is read-only), none of them retriable.
 * @example
 * const database = await connect({ url: 'mysql://root@127.0.0.1:3306/booking', poolSize: 32 });
 */
export async function connect(options: ConnectOptions): Promise<Database> {
  const { statementTimeoutMs, poolSize: size = 10 } = options;
  checkPositive('poolSize', size);
  if (statementTimeoutMs !== undefined) checkPositive('statementTimeoutMs', statementTimeoutMs);
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
  const names = options.names ?? defaultNames;
  const render = cacheSql((text) => renderSql(names, text, 'kept'));
  const setup = new SessionSetup();
  const open = { address: resolveAddress(options), connectTimeoutMs, statementTimeoutMs, setup, render };
  const { connection: first, role } = await openFirst(open);
  try {
    if (options.mustWrite && role === 'read-only') throw readOnlyAtFirst(describeAddress(open.address));
    const server = await readServerInfo(first);
    const acquireTimeoutMs = options.acquireTimeoutMs ?? 30_000;
    const address = describeAddress(open.address);
    const pool = new Pool({ open: () => reopen(open), address, size, acquireTimeoutMs });
    // A caller may connect to a replica for reads. Only the first write needs another server.
    pool.adopt({ connection: first, role });
    return createDatabase(pool, { server, names, poolSize: size });
  } catch (error) {
    first.destroy('connecting failed');
    throw error;
  }
}

function readOnlyAtFirst(address: string): TablepickError {
  const message = `connecting to ${address}: the server is read-only, as a replica is, and this is to write`;
  return new TablepickError('SERVER_UNFIT', message, { hint: READ_ONLY_HINT });
}

function checkPositive(name: string, value: number): void {
  checkInteger(name, value, { min: 1, message: `${name} must be a whole number of 1 or more, not ${value}` });
}

function resolveAddress(options: ConnectOptions): DatabaseAddress {
  const address = parseDatabaseUrl(options.url);
  const sslCa = options.sslCa ?? address.sslCa;
  const impliedMode = options.sslCa === undefined || /[?&]ssl-mode=/.test(options.url) ? address.sslMode : 'VERIFY_CA';
  return {
    ...address,
    password: options.password ?? address.password,
    sslCa,
    sslMode: options.sslMode ?? impliedMode,
  };
}

type ConnectionOptions = OpenOptions & ConnectionSettings;

const UNREACHABLE_HINT =
  'check host and port and whether the server is up; without one, leave out the URL and the sandbox serves';

/**
 * When the first connection fails, a wrong address is more likely than a restart. When the server has answered, the
 * address is right, so the server's hint is kept.
 */
async function openFirst(options: ConnectionOptions): Promise<Opened> {
  try {
    return await openInitialized(options);
  } catch (error) {
    if (!isTablepickError(error, 'CONNECTION_LOST')) throw error;
    const hint = (mysqlErrno(error) === undefined ? undefined : error.hint) ?? UNREACHABLE_HINT;
    throw new TablepickError('SERVER_UNREACHABLE', error.message, { hint, cause: error.cause });
  }
}

/** The first connection worked, so a later failure may be temporary. */
async function reopen(options: ConnectionOptions): Promise<Opened> {
  try {
    return await openInitialized(options);
  } catch (error) {
    if (!isTablepickError(error, 'SERVER_UNREACHABLE')) throw error;
    throw new TablepickError('CONNECTION_LOST', error.message, { retriable: true, cause: error.cause });
  }
}

async function openInitialized(options: ConnectionOptions): Promise<Opened> {
  const doing = `connecting to ${describeAddress(options.address)}`;
  const driver = await openConnection(options).catch((error: unknown) => {
    throw classifyError(error, doing);
  });
  const connection = new Connection(driver, options);
  try {
    await connection.initialize();
    return { connection, role: await connection.readRole() };
  } catch (error) {
    connection.destroy('its session could not be initialized');
    throw error;
  }
}

function describeAddress({ user, host, port, socketPath, database }: DatabaseAddress): string {
  return `${user}@${socketPath ?? `${host}:${port}`}/${database}`;
}

async function readServerInfo(connection: Connection): Promise<ServerInfo> {
  const [{ version }] = (await connection.query<{ version: string }>(SELECT_VERSION)) as [{ version: string }];
  const parsed = parseVersion(version);
  const [row] = await connection.query<Omit<ServerInfo, keyof typeof parsed>>(
    selectServerInfo(parsed.flavour, parsed.versionNumber),
  );
  return { ...parsed, ...row!, localInfile: Boolean(row!.localInfile) };
}

function createDatabase(pool: Pool, about: Pick<Database, 'server' | 'names' | 'poolSize'>): Database {
  return {
    ...about,
    sql: cacheSql((text) => renderSql(about.names, text)),
    transaction: (work, options) => runTransaction(pool, work, options),
    session: (work, options) => runSession(pool, work, options?.signal),
    query: (sql, values, { signal } = {}) =>
      retryTransient(() => readRows(pool, (connection) => connection.query(sql, values), signal), { signal }),
    close: () => pool.close(),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

async function runSession<T>(pool: Pool, work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const connection = await borrow(pool, 'session', signal);
  const lease = leaseSession(connection, 'session');
  try {
    await connection.limitLockWait(undefined);
    await connection.limitIdle(undefined);
    return await work(lease.session);
  } finally {
    lease.end();
    // Locks, variables and open transactions must not reach the next user of the connection.
    await connection.reset().catch(() => connection.destroy('its session could not be reset'));
    pool.release(connection);
  }
}

/**
 * A connection that only reads, as in a polling loop, does not notice when its server is no longer the writer. So after
 * this time it checks.
 */
const WRITER_SEEN_WITHIN_MS = 5000;

async function borrow(pool: Pool, purpose: Purpose, signal: AbortSignal | undefined): Promise<Connection> {
  const connection = await pool.acquire(purpose, signal);
  if (!pool.needsWriter) return connection;
  try {
    await connection.proveWriter(WRITER_SEEN_WITHIN_MS);
    return connection;
  } catch {
    // All other connections are dropped with it. A new connection is opened and checked.
    pool.release(connection);
    return pool.acquire(purpose, signal);
  }
}

async function readRows<T>(
  pool: Pool,
  read: (connection: Connection) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const connection = await borrow(pool, 'query', signal);
  try {
    return await read(connection);
  } finally {
    pool.release(connection);
  }
}
