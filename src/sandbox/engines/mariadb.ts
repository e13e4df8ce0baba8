import { createReadStream, existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';

import { TablepickError } from '../../errors.js';
import { debianPackage } from '../programs/debian-package.js';
import type { Engine, InitializeOptions, ServerPlace, ServerProgram, ServerSize } from './engine.js';
import { readServerVersion } from '../greetings/handshake.js';
import {
  CONTAINER_PASSWORD_FILE,
  commonPlaceOptions,
  commonSettingOptions,
  dataDirOption,
  elsewhere,
  errorLine,
  lostPort,
  packageOptions,
  portPattern,
  sandboxUrl,
  startSql,
  tmpDirOptions,
  userOptions,
  versionArguments,
  versionIn,
} from './mysql-family.js';
import { runCommand } from '../programs/run-command.js';

/** MariaDB 10.6 and later. */
export const mariadbEngine: Engine = {
  name: 'mariadb',
  programNames: ['mariadbd', 'mysqld'],
  // Homebrew's folders are untested, because no such machine was available.
  installedFolders: ['/opt/homebrew/opt/mariadb/bin', '/usr/local/opt/mariadb/bin'],
  versionArguments,
  versionIn: (versionText) => (/mariadb/i.test(versionText) ? versionIn(versionText) : undefined),
  package: debianPackage({
    packageName: 'mariadb-server-core',
    packagePattern: /^mariadb-server-core(-\d+\.\d+)?$/,
    programPath: 'usr/sbin/mariadbd',
    inUnstable: false,
  }),
  docker: {
    image: 'mariadb:lts',
    environment: [`MARIADB_ROOT_PASSWORD_FILE=${CONTAINER_PASSWORD_FILE}`, 'MARIADB_DATABASE=tablepick'],
    files: ({ passwordPath }) => [[passwordPath, CONTAINER_PASSWORD_FILE]],
    dataFolder: '/var/lib/mysql',
    port: 3306,
  },
  startFileText: (password) => startSql(password) + NO_OTHER_ROOT,
  elsewhere,
  dataDirOption,
  portPattern,
  initialize,
  placeOptions,
  // MySQL's default since 8.0: inserts of unknown length do not wait for each other.
  settingOptions: (size: ServerSize) => [
    ...commonSettingOptions(size),
    `--innodb-log-file-size=${size.redoLogBytes}`,
    '--innodb-autoinc-lock-mode=2',
  ],
  readVersion: (address) => readServerVersion(address),
  url: sandboxUrl,
  lostPort,
  errorLine,
};

/** In the order that the server needs. Until 10.11 the files are named mysql_… instead of mariadb_…. */
const SYSTEM_TABLES = [
  'system_tables.sql',
  'performance_tables.sql',
  'system_tables_data.sql',
  'fill_help_tables.sql',
  'maria_add_gis_sp_bootstrap.sql',
  'sys_schema.sql',
];

/**
 * Deletes the root accounts without a password. MariaDB's own SQL files create them for the machine's name and `::1`.
 * An older data folder may have them too.
 */
const NO_OTHER_ROOT = `DELETE FROM mysql.global_priv WHERE User = 'root' AND COALESCE(JSON_VALUE(Priv, '$.authentication_string'), '') = '';
FLUSH PRIVILEGES;
`;

/**
 * No root password, because the first start sets it. No account without a name, because it would hide every account at
 * "%".
 */
const FIRST_SQL = 'CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n';
const LAST_SQL = "\nDELETE FROM mysql.global_priv WHERE User='';\n";

/**
 * Bootstraps from MariaDB's SQL files. `mariadb-install-db` is not used: it needs a program from another Debian
 * package, splits paths at spaces, and as root changes owners inside the installed server.
 *
 * @source MariaDB 10.11 and 11.8, scripts/mysql_install_db.sh: the files and their order.
 */
async function initialize(program: ServerProgram, { dataDir, signal }: InitializeOptions): Promise<void> {
  // The server deletes all temporary tables in its folder for them. In the system's folder, it would delete those of
  // another server.
  const options = [...runOptions(program), dataDirOption(dataDir), ...tmpDirOptions(dataDir), '--bootstrap'];
  const quirks = [
    '--log-warnings=0',
    '--enforce-storage-engine=',
    '--max-allowed-packet=8M',
    '--net-buffer-length=16K',
  ];
  await runCommand([...program.command, ...options, ...quirks], {
    doing: `initialising MariaDB in ${dataDir}`,
    input: Readable.from(readSystemTables(findShareFolder(program))),
    signal,
  });
}

async function* readSystemTables(share: string): AsyncGenerator<string | Buffer> {
  yield FIRST_SQL;
  for (const name of SYSTEM_TABLES) {
    const path = [`mariadb_${name}`, `mysql_${name}`, name].map((file) => join(share, file)).find(existsSync);
    if (path !== undefined) yield* createReadStream(path) as AsyncIterable<Buffer>;
  }
  yield LAST_SQL;
}

function placeOptions(program: ServerProgram, place: ServerPlace): string[] {
  // MariaDB does not accept NULL here, as MySQL does. Without the option, SQL may read and write files anywhere.
  return [...runOptions(program), ...commonPlaceOptions(place), `--secure-file-priv=${place.filesDir}`];
}

function findShareFolder({ path, root }: ServerProgram): string {
  const prefix = root === undefined ? dirname(dirname(realpathSync(path))) : join(root, 'usr');
  const prefixes = root === undefined ? [prefix, '/usr'] : [prefix];
  const folders = prefixes.flatMap((start) => ['share/mysql', 'share/mariadb', 'share'].map((end) => join(start, end)));
  const found = folders.find((folder) => existsSync(join(folder, 'fill_help_tables.sql')));
  if (found !== undefined) return found;
  throw new TablepickError('SANDBOX_FAILED', `${path} has no fill_help_tables.sql in any of ${folders.join(', ')}`);
}

function runOptions(program: ServerProgram): string[] {
  return ['--no-defaults', ...packageOptions(program.root), ...userOptions()];
}
