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
  userOptions,
  versionArguments,
  versionIn,
} from './mysql-family.js';
import { runCommand } from '../programs/run-command.js';

/** The default of MySQL up to 9.4: see the check `dependency-history` of `tablepick doctor`. */
const WRITE_HISTORY_ROWS = 25_000;

/** MySQL 8 and 9. */
export const mysqlEngine: Engine = {
  name: 'mysql',
  programNames: ['mysqld'],
  // Homebrew's folders are untested, because no such machine was available.
  installedFolders: ['/usr/local/mysql/bin', '/opt/homebrew/opt/mysql/bin', '/usr/local/opt/mysql/bin'],
  versionArguments,
  versionIn: (versionText) => (/mariadb/i.test(versionText) ? undefined : versionIn(versionText)),
  package: debianPackage({
    packageName: 'mysql-server-core',
    packagePattern: /^mysql-server-core(-\d+\.\d+)?$/,
    programPath: 'usr/sbin/mysqld',
    inUnstable: true,
  }),
  docker: {
    image: 'mysql:lts',
    environment: [`MYSQL_ROOT_PASSWORD_FILE=${CONTAINER_PASSWORD_FILE}`, 'MYSQL_DATABASE=tablepick'],
    files: ({ passwordPath }) => [[passwordPath, CONTAINER_PASSWORD_FILE]],
    dataFolder: '/var/lib/mysql',
    port: 3306,
  },
  startFileText: startSql,
  elsewhere,
  dataDirOption,
  portPattern,
  initialize,
  placeOptions,
  settingOptions,
  readVersion: (address) => readServerVersion(address),
  url: sandboxUrl,
  lostPort,
  errorLine,
};

async function initialize(program: ServerProgram, { dataDir, signal }: InitializeOptions): Promise<void> {
  const options = [...runOptions(program), dataDirOption(dataDir), '--initialize-insecure'];
  await runCommand([...program.command, ...options], { doing: `initialising MySQL in ${dataDir}`, signal });
}

function placeOptions(program: ServerProgram, place: ServerPlace): string[] {
  // The compiled-in folder for files exists only when the package is installed. LOAD DATA LOCAL does not need it.
  return [...runOptions(program), ...commonPlaceOptions(place), '--mysqlx=OFF', '--secure-file-priv=NULL'];
}

function runOptions(program: ServerProgram): string[] {
  return ['--no-defaults', ...packageOptions(program.root), ...userOptions()];
}

function settingOptions(size: ServerSize): string[] {
  // "loose", because versions before 8.0.30 do not know the option.
  return [
    ...commonSettingOptions(size),
    `--loose-innodb-redo-log-capacity=${size.redoLogBytes}`,
    `--binlog-transaction-dependency-history-size=${WRITE_HISTORY_ROWS}`,
  ];
}
