import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import type { ServerPlace, ServerSize } from './engine.js';

/** Where a container finds the password; its image gives it to root when it makes the data. */
export const CONTAINER_PASSWORD_FILE = '/run/tablepick-password';

/** What makes the server print its version, whatever its option files say. */
export const versionArguments: readonly string[] = ['--no-defaults', '--version'];

/** What one may do instead of running a database as a sandbox. */
export const elsewhere = 'name a database (--url or TABLEPICK_DATABASE_URL)';

/** The lines of a log that say why the server ended. */
export const errorLine = /\[error\]|fatal/i;

/** The database every sandbox has. */
export const SANDBOX_DATABASE = 'tablepick';

/**
 * Creates the database and the account that reaches it over loopback, and gives every account of root the password:
 * also those an older data folder has without one. Both servers understand it; each statement is a line, which MySQL
 * asks for.
 */
export function startSql(password: string): string {
  return `CREATE DATABASE IF NOT EXISTS ${SANDBOX_DATABASE};
CREATE USER IF NOT EXISTS root@'127.0.0.1' IDENTIFIED BY '${password}';
ALTER USER root@'127.0.0.1' IDENTIFIED BY '${password}';
GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
ALTER USER IF EXISTS root@localhost IDENTIFIED BY '${password}';
`;
}

/** The version in what a server printed: `mysqld  Ver 9.7.0-1 for Linux on x86_64` gives `9.7.0-1`. */
export function versionIn(versionText: string): string | undefined {
  return /\bVer (\d\S*)/.exec(versionText)?.[1];
}

/** The address a client is given. */
export function sandboxUrl(port: number, password: string | undefined): string {
  const user = password === undefined ? 'root' : `root:${password}`;
  return `mysql://${user}@127.0.0.1:${port}/${SANDBOX_DATABASE}`;
}

/** As root both servers refuse to run unless the user is named. */
export function userOptions(): string[] {
  return process.getuid?.() === 0 ? [`--user=${userInfo().username}`] : [];
}

/** The option whose text tells our server from every other process. */
export function dataDirOption(dataDir: string): string {
  return `--datadir=${dataDir}`;
}

/** Finds the port among the options of {@link commonPlaceOptions}. */
export const portPattern = / --port=(\d+)/;

/** Where temporary tables go; a colon would make two folders of one, which then stay the system's. */
export function tmpDirOptions(folder: string): string[] {
  return folder.includes(':') ? [] : [`--tmpdir=${folder}`];
}

/** Where the server listens and writes: a socket of its own and loopback, nothing else. */
export function commonPlaceOptions(place: ServerPlace): string[] {
  return [
    dataDirOption(place.dataDir),
    ...tmpDirOptions(place.tmpDir),
    `--socket=${place.socketPath}`,
    `--port=${place.port}`,
    '--bind-address=127.0.0.1',
    `--init-file=${place.startFile}`,
  ];
}

/**
 * Settings both engines share: durability as a production server has it, size by the machine.
 *
 * @source MySQL 8.4 manual, 17.14 "InnoDB Startup Options", and 19.1.6.4: `1` and `1` lose no committed transaction.
 */
export function commonSettingOptions(size: ServerSize): string[] {
  return [
    '--local-infile=1',
    '--innodb-flush-log-at-trx-commit=1',
    '--sync-binlog=1',
    '--innodb-doublewrite=ON',
    `--innodb-buffer-pool-size=${size.bufferPoolBytes}`,
    '--max-connections=200',
    '--character-set-server=utf8mb4',
    '--skip-name-resolve',
  ];
}

/** Options that lead a server to the files it was unpacked with; none for an installed one, which knows them. */
export function packageOptions(root: string | undefined): string[] {
  if (root === undefined) return [];
  const share = firstWith('english/errmsg.sys', [join(root, 'usr/share/mysql'), join(root, 'usr/share/mariadb')]);
  const plugins = firstWith('.', [join(root, 'usr/lib/mysql/plugin'), join(root, 'usr/lib/mariadb/plugin')]);
  return [
    `--basedir=${join(root, 'usr')}`,
    `--lc-messages-dir=${share}`,
    `--character-sets-dir=${join(share, 'charsets')}`,
    `--plugin-dir=${plugins}`,
  ];
}

/** The first of `folders` that holds the file; the last one when none does, so that the server says what it misses. */
export function firstWith(file: string, folders: readonly string[]): string {
  return folders.find((folder) => existsSync(join(folder, file))) ?? folders.at(-1) ?? '';
}

/** True when a server's log says that another program has its port. */
export function lostPort(logText: string): boolean {
  return /bind on tcp\/ip port/i.test(logText);
}
