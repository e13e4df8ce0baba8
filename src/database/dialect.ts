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
 * `insert` with the server's own check of every row's parents left out, for this statement alone. Only for rows whose parents are known and locked.
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

/** Reads what the current user may do, the privileges of its active roles among it; `activeRoles` is what `CURRENT_ROLE()` says. */
export function showGrants(flavour: Flavour, activeRoles: string | null): string {
  const listed = flavour === 'mysql' && activeRoles !== null && activeRoles !== 'NONE';
  return listed ? `SHOW GRANTS FOR CURRENT_USER() USING ${activeRoles}` : 'SHOW GRANTS';
}
