import { TablepickError } from '../errors.js';
import type { ServerInfo } from './database.js';

/** The two families of server; every difference between them that tablepick knows stands in this file. */
export type Flavour = ServerInfo['flavour'];

/** The oldest version that is supported, in the form of `ServerInfo.versionNumber`. */
export const oldestSupported: Readonly<Record<Flavour, number>> = { mysql: 80000, mariadb: 100600 };

/** Reads what kind of server answers `SELECT VERSION()`. */
export const SELECT_VERSION = 'SELECT VERSION() AS version';

/**
 * Flavour and comparable number of a version text such as "9.7.0" or "10.11.14-MariaDB-log".
 *
 * @throws `SERVER_UNSUPPORTED` when it is too old or no such text.
 */
export function parseVersion(version: string): Pick<ServerInfo, 'flavour' | 'version' | 'versionNumber'> {
  const flavour: Flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  const match = /^(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)/.exec(version);
  const [major, minor, patch] = (match?.slice(1) ?? []).map(Number);
  const versionNumber = (major ?? 0) * 10000 + (minor ?? 0) * 100 + (patch ?? 0);
  if (versionNumber < oldestSupported[flavour]) {
    throw new TablepickError(
      'SERVER_UNSUPPORTED',
      `the server is ${version}; tablepick needs MySQL 8.0 or MariaDB 10.6`,
      {
        hint: 'upgrade the server, or try on a private one first: tablepick sandbox up',
      },
    );
  }
  return { flavour, version, versionNumber };
}

/** Reads what {@link ServerInfo} holds beside the version, into columns of the same names. */
export function selectServerInfo(flavour: Flavour, versionNumber: number): string {
  return `SELECT ${serverId(flavour, versionNumber)} AS serverId, DATABASE() AS \`database\`,
    @@max_allowed_packet AS maxAllowedPacket, @@max_connections AS maxConnections, @@local_infile AS localInfile`;
}

/** MariaDB names itself by `@@server_uid` since 10.10; before that the place of its data says which server it is. */
function serverId(flavour: Flavour, versionNumber: number): string {
  if (flavour === 'mysql') return '@@server_uuid';
  if (versionNumber >= 101000) return '@@server_uid';
  return "CONCAT(@@hostname, ':', @@port, ':', @@datadir)";
}

/**
 * Reads which connection of which server this is, and since when the server is up. MariaDB's `server_uid` is made of a
 * network card and a port, which containers on two machines may share, so the name of the host and the place of the
 * data are part of it.
 */
export function selectOwnSession(flavour: Flavour): string {
  const [name, status] =
    flavour === 'mysql'
      ? ['@@server_uuid', 'performance_schema.global_status']
      : ['@@server_id', 'information_schema.GLOBAL_STATUS'];
  return `SELECT CONNECTION_ID() AS id, CONCAT_WS(' ', ${name}, @@hostname, @@port, @@datadir) AS server,
    (SELECT UNIX_TIMESTAMP(SYSDATE()) - VARIABLE_VALUE FROM ${status} WHERE VARIABLE_NAME = 'Uptime') AS startedAt`;
}

/**
 * `insert` with the server's own check of every row's parents left out, for this statement alone. Only for rows whose
 * parents are known and locked.
 *
 * @source MySQL Reference Manual, "Variable-Setting Hint Syntax"; MariaDB Knowledge Base, "SET STATEMENT".
 */
export function withoutForeignKeyChecks(flavour: Flavour, insert: string): string {
  return flavour === 'mysql'
    ? insert.replace(/^\s*INSERT\b/, 'INSERT /*+ SET_VAR(foreign_key_checks = OFF) */')
    : `SET STATEMENT foreign_key_checks = 0 FOR ${insert}`;
}

/** Reads InnoDB's own id of a table, named `schema/table` by the `?`. Needs the PROCESS privilege. */
export function selectTableId(flavour: Flavour): string {
  const view = flavour === 'mysql' ? 'INNODB_TABLES' : 'INNODB_SYS_TABLES';
  return `SELECT TABLE_ID AS id FROM information_schema.${view} WHERE NAME = ?`;
}

/** Name of the system variable that holds the isolation level. */
export function isolationVariable(flavour: Flavour, versionNumber: number): string {
  return flavour === 'mariadb' && versionNumber < 110100 ? 'tx_isolation' : 'transaction_isolation';
}

/**
 * Reads what the current user may do, the privileges of its active roles among it; `activeRoles` is what
 * `CURRENT_ROLE()` says.
 */
export function showGrants(flavour: Flavour, activeRoles: string | null): string {
  const listed = flavour === 'mysql' && activeRoles !== null && activeRoles !== 'NONE';
  return listed ? `SHOW GRANTS FOR CURRENT_USER() USING ${activeRoles}` : 'SHOW GRANTS';
}

/**
 * The waiters, each with how many locks stand before it and the oldest transaction that holds the lock, or the oldest
 * of all where nobody holds it. The server lists each pair: of a hundred waiters on one record, five thousand.
 */
const eachWaiter = (
  waits: string,
  columns: Record<'lock' | 'waiting' | 'blockingLock' | 'blocking', string>,
): string => `
  SELECT w.${columns.lock} AS lock_id, MAX(w.${columns.waiting}) AS waiting, COUNT(*) AS ahead,
    COALESCE(MIN(IF(q.lock_id IS NULL, w.${columns.blocking}, NULL)), MIN(w.${columns.blocking})) AS blocking
  FROM ${waits} w
  LEFT JOIN (
    SELECT trx_requested_lock_id AS lock_id FROM information_schema.INNODB_TRX WHERE trx_requested_lock_id IS NOT NULL
  ) q ON q.lock_id = w.${columns.blockingLock}
  GROUP BY w.${columns.lock}`;

// InnoDB tells its times in the time zone of the server, whatever that of the session.
const WAITING_COLUMNS = `
  CONCAT_WS('/', rt.trx_mysql_thread_id, w.lock_id, rt.trx_wait_started) AS id,
  rt.trx_mysql_thread_id AS waitingConnectionId, bt.trx_mysql_thread_id AS blockingConnectionId, w.ahead,
  rt.trx_query AS waitingStatement,
  TIMESTAMPDIFF(SECOND, rt.trx_wait_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')) AS waitSeconds`;

// INNODB_TRX stands first: it refuses a user without PROCESS also while nobody waits. The lock is taken by its id
// alone: by schema the server would list every lock there is, hundreds of thousands while slots are being generated.
// The thread that performance_schema names as blocking may be the waiting one: it turned the other's implicit lock into
// an explicit one.
const SELECT_LOCK_WAITS_MYSQL = `
  SELECT STRAIGHT_JOIN ${WAITING_COLUMNS}, s.SQL_TEXT AS blockingStatement,
    l.LOCK_MODE AS mode, l.OBJECT_NAME AS \`table\`, l.INDEX_NAME AS \`index\`, l.LOCK_DATA AS data
  FROM information_schema.INNODB_TRX rt
  JOIN (${eachWaiter('performance_schema.data_lock_waits', {
    lock: 'REQUESTING_ENGINE_LOCK_ID',
    waiting: 'REQUESTING_ENGINE_TRANSACTION_ID',
    blockingLock: 'BLOCKING_ENGINE_LOCK_ID',
    blocking: 'BLOCKING_ENGINE_TRANSACTION_ID',
  })}) w ON w.waiting = rt.trx_id
  JOIN information_schema.INNODB_TRX bt ON bt.trx_id = w.blocking
  JOIN performance_schema.data_locks l FORCE INDEX (PRIMARY) ON l.ENGINE_LOCK_ID = w.lock_id
  LEFT JOIN performance_schema.threads t ON t.PROCESSLIST_ID = bt.trx_mysql_thread_id
  LEFT JOIN performance_schema.events_statements_current s ON s.THREAD_ID = t.THREAD_ID AND s.NESTING_EVENT_LEVEL = 0
  WHERE l.OBJECT_SCHEMA = DATABASE()`;

// The name of the table is written \`schema\`.\`table\`.
const SELECT_LOCK_WAITS_MARIADB = `
  SELECT ${WAITING_COLUMNS}, bt.trx_query AS blockingStatement,
    l.lock_mode AS mode, SUBSTRING_INDEX(SUBSTRING_INDEX(l.lock_table, '\`', 4), '\`', -1) AS \`table\`,
    l.lock_index AS \`index\`, l.lock_data AS data
  FROM (${eachWaiter('information_schema.INNODB_LOCK_WAITS', {
    lock: 'requested_lock_id',
    waiting: 'requesting_trx_id',
    blockingLock: 'blocking_lock_id',
    blocking: 'blocking_trx_id',
  })}) w
  JOIN information_schema.INNODB_TRX rt ON rt.trx_id = w.waiting
  JOIN information_schema.INNODB_TRX bt ON bt.trx_id = w.blocking
  JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.lock_id
  WHERE SUBSTRING_INDEX(SUBSTRING_INDEX(l.lock_table, '\`', 2), '\`', -1) = DATABASE()`;

/**
 * Reads who waits for whom for which record of the current schema. Needs PROCESS, on MySQL also SELECT on
 * performance_schema.
 *
 * @source MySQL Reference Manual, "The data_lock_waits Table"; MariaDB Knowledge Base, "Information Schema INNODB_LOCKS
 * Table"
 */
export function selectLockWaits(flavour: Flavour): string {
  return flavour === 'mysql' ? SELECT_LOCK_WAITS_MYSQL : SELECT_LOCK_WAITS_MARIADB;
}

/**
 * What a user must be granted before {@link selectLockWaits} and `SHOW ENGINE INNODB STATUS` answer; the schema's own
 * tables are read, too.
 */
export function lockWatchGrants(flavour: Flavour): string[] {
  const process = 'GRANT PROCESS ON *.*';
  return flavour === 'mysql' ? [process, 'GRANT SELECT ON performance_schema.*'] : [process];
}
