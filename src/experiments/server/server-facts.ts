import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import type { ServerFacts } from '../../bench/result.js';
import { parseDatabaseUrl } from '../../database/connections/database-url.js';
import { placeholders } from '../../database/placeholders.js';
import type { Database } from '../../database/index.js';

/** The settings that decide how fast and how durably a server inserts. */
const settingNames = [
  'innodb_flush_log_at_trx_commit',
  'sync_binlog',
  'log_bin',
  'binlog_format',
  'binlog_transaction_dependency_history_size',
  'innodb_doublewrite',
  'innodb_buffer_pool_size',
  'innodb_redo_log_capacity',
  'innodb_log_file_size',
  'innodb_flush_method',
  'innodb_io_capacity',
  'innodb_page_size',
  'innodb_autoinc_lock_mode',
  'transaction_isolation',
  'tx_isolation',
  'max_allowed_packet',
  'max_connections',
  'local_infile',
  'unique_checks',
  'foreign_key_checks',
];

const SHOW_SETTINGS = `SHOW GLOBAL VARIABLES WHERE Variable_name IN ${placeholders(settingNames)}`;
const PID_FILE = `SELECT @@pid_file AS pidFile, @@datadir AS dataFolder`;

/** The server of `database`, with the settings that a reader needs to judge a number. */
export async function describeServer(database: Database, serverPid: number | null): Promise<ServerFacts> {
  const rows = await database.query<{ Variable_name: string; Value: string }>(SHOW_SETTINGS, settingNames);
  const { flavour, version } = database.server;
  const settings = Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
  return { flavour, version, local: serverPid !== null, settings };
}

/** The process id of a server on this machine; null when it runs elsewhere or its id cannot be found. */
export async function findServerPid(database: Database, url: string): Promise<number | null> {
  if (!isLocal(url)) return null;
  const [row] = await database.query<{ pidFile: string; dataFolder: string }>(PID_FILE);
  try {
    const pid = Number(await readFile(resolve(row?.dataFolder ?? '/', row?.pidFile ?? ''), 'utf8'));
    // A pid file may be old, and another program may have its number now.
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return /mysqld|mariadbd/.test(commandLine) ? pid : null;
  } catch {
    return null;
  }
}

function isLocal(url: string): boolean {
  const { host, socketPath } = parseDatabaseUrl(url);
  return socketPath !== undefined || host === 'localhost' || host === '::1' || host.startsWith('127.');
}
