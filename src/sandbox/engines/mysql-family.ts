import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

import type { ServerPlace, ServerSize } from './engine.js';

/** The container's file with the password. The image sets it for root when it creates the data. */
export const CONTAINER_PASSWORD_FILE = '/run/tablepick-password';

/** Arguments that make the server print its version, without its option files. */
export const versionArguments: readonly string[] = ['--no-defaults', '--version'];

/** An alternative to a database in the sandbox. */
export const elsewhere = 'name a database (--url or TABLEPICK_DATABASE_URL)';

/** Matches the log lines with the reason of the server's end. */
export const errorLine = /\[error\]|fatal/i;

/** The database in every sandbox. */
export const SANDBOX_DATABASE = 'tablepick';

/**
 * Creates the database and the root account for loopback. Sets the password of root at 127.0.0.1 and at localhost,
 * because an older data folder may have none. The SQL works on both servers. Each statement is one line, because MySQL
 * needs that.
 */
export function startSql(password: string): string {
  return `CREATE DATABASE IF NOT EXISTS ${SANDBOX_DATABASE};
CREATE USER IF NOT EXISTS root@'127.0.0.1' IDENTIFIED BY '${password}';
ALTER USER root@'127.0.0.1' IDENTIFIED BY '${password}';
GRANT ALL PRIVILEGES ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
ALTER USER IF EXISTS root@localhost IDENTIFIED BY '${password}';
`;
}

/** The version in a server's printed text: `mysqld Ver 9.7.0-1 for Linux on x86_64` gives `9.7.0-1`. */
export function versionIn(versionText: string): string | undefined {
  return /\bVer (\d\S*)/.exec(versionText)?.[1];
}

/** The URL for clients. */
export function sandboxUrl(port: number, password: string | undefined): string {
  const user = password === undefined ? 'root' : `root:${password}`;
  return `mysql://${user}@127.0.0.1:${port}/${SANDBOX_DATABASE}`;
}

/** As root, both servers run only when the user is named. */
export function userOptions(): string[] {
  return process.getuid?.() === 0 ? [`--user=${userInfo().username}`] : [];
}

/** The option that identifies our server among all processes. */
export function dataDirOption(dataDir: string): string {
  return `--datadir=${dataDir}`;
}

/** Finds the port among the options of {@link commonPlaceOptions}. */
export const portPattern = / --port=(\d+)/;

/**
 * Options for the folder of temporary tables. With a colon in the path, the system's folder is used, because a colon
 * separates two folders.
 */
export function tmpDirOptions(folder: string): string[] {
  return folder.includes(':') ? [] : [`--tmpdir=${folder}`];
}

/** Options for the server's files and addresses. It listens only on its own socket and on loopback. */
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
 * Settings of both engines: the durability of a production server, and a size that fits the machine.
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

/** Options with the file paths of an unpacked server. An installed server needs none. */
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

/**
 * The first of `folders` with the file. When none has it, the last folder, so that the server reports the missing file.
 */
export function firstWith(file: string, folders: readonly string[]): string {
  return folders.find((folder) => existsSync(join(folder, file))) ?? folders.at(-1) ?? '';
}

/** True when a server's log says that another program uses its port. */
export function lostPort(logText: string): boolean {
  return /bind on tcp\/ip port/i.test(logText);
}
