import { TablepickError } from '../errors.js';
import type { ServerInfo } from './database.js';

/** The two families of servers. Most differences between their SQL are in this file. */
export type Flavour = ServerInfo['flavour'];

/** The oldest supported version, in the form of `ServerInfo.versionNumber`. */
export const oldestSupported: Readonly<Record<Flavour, number>> = { mysql: 80000, mariadb: 100600 };

/** Reads the server's version text. */
export const SELECT_VERSION = 'SELECT VERSION() AS version';

/**
 * Flavour and comparable number of a version text such as "9.7.0" or "10.11.14-MariaDB-log".
 *
 * @throws `SERVER_UNSUPPORTED` when the version is too old or the text is not a version.
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

/** Reads the other fields of {@link ServerInfo}, into columns of the same names. */
export function selectServerInfo(flavour: Flavour, versionNumber: number): string {
  return `SELECT ${serverId(flavour, versionNumber)} AS serverId, DATABASE() AS \`database\`,
    @@max_allowed_packet AS maxAllowedPacket, @@max_connections AS maxConnections, @@local_infile AS localInfile`;
}

/** MariaDB has `@@server_uid` since 10.10. Before that, host, port and data folder identify the server. */
function serverId(flavour: Flavour, versionNumber: number): string {
  if (flavour === 'mysql') return '@@server_uuid';
  if (versionNumber >= 101000) return '@@server_uid';
  return "CONCAT(@@hostname, ':', @@port, ':', @@datadir)";
}

/**
 * Reads the connection's id, the server's identity and its start time. The identity includes host name, port and data
 * folder. MariaDB's `server_uid` is not enough: it is made from a network card and a port, and containers on two
 * machines may have the same ones.
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
 * Turns off the server's foreign key checks for the statement `insert`. Use it only when all parents are known and
 * locked.
 *
 * @source MySQL Reference Manual, "Variable-Setting Hint Syntax"; MariaDB Knowledge Base, "SET STATEMENT".
 */
export function withoutForeignKeyChecks(flavour: Flavour, insert: string): string {
  return flavour === 'mysql'
    ? insert.replace(/^\s*INSERT\b/, 'INSERT /*+ SET_VAR(foreign_key_checks = OFF) */')
    : `SET STATEMENT foreign_key_checks = 0 FOR ${insert}`;
}

/** Reads InnoDB's own id of a table. The `?` takes `schema/table`. Needs the PROCESS privilege. */
export function selectTableId(flavour: Flavour): string {
  const view = flavour === 'mysql' ? 'INNODB_TABLES' : 'INNODB_SYS_TABLES';
  return `SELECT TABLE_ID AS id FROM information_schema.${view} WHERE NAME = ?`;
}

/** Name of the system variable that holds the isolation level. */
export function isolationVariable(flavour: Flavour, versionNumber: number): string {
  return flavour === 'mariadb' && versionNumber < 110100 ? 'tx_isolation' : 'transaction_isolation';
}

/**
 * Reads the privileges of the current user and of its active roles. `activeRoles` is the value of `CURRENT_ROLE()`.
 */
export function showGrants(flavour: Flavour, activeRoles: string | null): string {
  const listed = flavour === 'mysql' && activeRoles !== null && activeRoles !== 'NONE';
  return listed ? `SHOW GRANTS FOR CURRENT_USER() USING ${activeRoles}` : 'SHOW GRANTS';
}

/**
 * One row per waiter: the number of locks before it, and the oldest transaction that holds the lock. When no
 * transaction holds it, the oldest of all is given. The server lists each pair: with a hundred waiters on one record,
 * five thousand pairs.
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

// InnoDB gives its times in the server's time zone, not in the session's.
const WAITING_COLUMNS = `
  CONCAT_WS('/', rt.trx_mysql_thread_id, w.lock_id, rt.trx_wait_started) AS id,
  rt.trx_mysql_thread_id AS waitingConnectionId, bt.trx_mysql_thread_id AS blockingConnectionId, w.ahead,
  rt.trx_query AS waitingStatement,
  TIMESTAMPDIFF(SECOND, rt.trx_wait_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')) AS waitSeconds`;

// INNODB_TRX is the first table, because it refuses a user without PROCESS also while nobody waits. The lock is found
// by its id only. A search by schema would list all locks, and a generation has hundreds of thousands. The blocking
// thread is not read from data_lock_waits. It may be the waiting thread there, because that thread made the other's
// implicit lock explicit.
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

// MariaDB writes the name of the table as \`schema\`.\`table\`.
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
 * Reads the lock waits of the current schema: waiter, blocker and record. Needs PROCESS, on MySQL also SELECT on
 * performance_schema.
 *
 * @source MySQL Reference Manual, "The data_lock_waits Table"; MariaDB Knowledge Base, "Information Schema INNODB_LOCKS
 * Table"
 */
export function selectLockWaits(flavour: Flavour): string {
  return flavour === 'mysql' ? SELECT_LOCK_WAITS_MYSQL : SELECT_LOCK_WAITS_MARIADB;
}

/**
 * The grants that {@link selectLockWaits} and `SHOW ENGINE INNODB STATUS` need. The schema's own tables need grants
 * too.
 */
export function lockWatchGrants(flavour: Flavour): string[] {
  const process = 'GRANT PROCESS ON *.*';
  return flavour === 'mysql' ? [process, 'GRANT SELECT ON performance_schema.*'] : [process];
}
