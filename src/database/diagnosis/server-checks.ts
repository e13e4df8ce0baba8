import { isolationVariable } from '../dialect.js';
import type { ServerInfo } from '../database.js';
import { NAMED_LOCKS_HINT } from '../named-lock.js';
import { isUsual, requiredSettings, sessionSettings } from '../connections/session-settings.js';
import { fine, problem, warning, type Finding } from '../../finding.js';

/** The input of the checks. */
export interface ServerFacts {
  server: ServerInfo;
  poolSize: number;
  /** Connections of all users to the server now. */
  connected: number;
  /** Global variables by name, without those that the server does not know. */
  variables: ReadonlyMap<string, string>;
}

const MIB = 1024 * 1024;

/** The global variables that {@link checkServer} reads. */
export const checkedVariables: readonly string[] = [
  'auto_increment_increment',
  'auto_increment_offset',
  'binlog_format',
  'binlog_transaction_dependency_history_size',
  'binlog_transaction_dependency_tracking',
  'innodb_autoinc_lock_mode',
  'innodb_buffer_pool_size',
  'innodb_doublewrite',
  'innodb_flush_log_at_trx_commit',
  'innodb_snapshot_isolation',
  'log_bin',
  'max_connections',
  'pxc_strict_mode',
  'read_only',
  'sync_binlog',
  'system_time_zone',
  ...sessionSettings.map(({ name }) => name),
  ...requiredSettings.map(({ name }) => name),
];

/** Checks the server's settings, without a query. */
export function checkServer(facts: ServerFacts): Finding[] {
  const checks = [
    checkVersion,
    checkReadOnly,
    checkNamedLocks,
    checkSqlMode,
    checkTimeZone,
    checkIsolation,
    checkSnapshotIsolation,
    checkSessionSettings,
    checkIdSteps,
    checkLocalInfile,
    checkPacket,
    checkDurability,
    checkConnections,
    checkAutoincrement,
    checkBufferPool,
    checkDependencyHistory,
  ];
  return checks.flatMap((check) => check(facts));
}

function checkVersion({ server }: ServerFacts): Finding {
  return fine('version', `${server.flavour === 'mysql' ? 'MySQL' : 'MariaDB'} ${server.version}`);
}

function checkReadOnly({ variables }: ServerFacts): Finding {
  if (!isOn(variables.get('read_only'))) return fine('read-only', 'the server takes writes');
  return problem('read-only', 'the server is read-only, as a replica is', 'give the URL of the primary');
}

/** Generation and `init` take named locks. Only Percona XtraDB Cluster has this mode. */
function checkNamedLocks({ variables }: ServerFacts): Finding[] {
  const mode = variables.get('pxc_strict_mode');
  if (mode === undefined) return [];
  const found = `pxc_strict_mode ${mode}`;
  if (mode !== 'ENFORCING') return [fine('named-locks', `${found}: GET_LOCK is allowed`)];
  return [
    problem('named-locks', `${found}: GET_LOCK is forbidden, which init and generate-slots take`, NAMED_LOCKS_HINT),
  ];
}

/** Sessions of tablepick set their own mode. The server's mode counts for other programs that write slots. */
function checkSqlMode({ variables }: ServerFacts): Finding {
  const mode = variables.get('sql_mode') ?? '';
  if (/STRICT_(TRANS|ALL)_TABLES/.test(mode)) return fine('sql-mode', `strict by default: ${mode}`);
  return warning(
    'sql-mode',
    `not strict by default (${mode || 'empty'}); tablepick's sessions are, other programs may cut values short`,
    "set sql_mode to include STRICT_TRANS_TABLES in the server's configuration",
  );
}

function checkTimeZone({ variables }: ServerFacts): Finding {
  const zone = variables.get('time_zone') ?? '';
  const meaning = zone === 'SYSTEM' ? `SYSTEM (${variables.get('system_time_zone') ?? 'unknown'})` : zone;
  return fine('time-zone', `server ${meaning}, tablepick's sessions +00:00; dates and times of slots have no zone`);
}

function checkIsolation({ server, variables }: ServerFacts): Finding {
  const level = variables.get(isolationVariable(server.flavour, server.versionNumber)) ?? 'unknown';
  const found = `server ${level}, tablepick's sessions READ-COMMITTED`;
  if (!isOn(variables.get('log_bin')) || variables.get('binlog_format') !== 'STATEMENT')
    return fine('isolation', found);
  return problem(
    'isolation',
    `${found}, which the server refuses to write under binlog_format STATEMENT (error 1665)`,
    'SET GLOBAL binlog_format = ROW',
  );
}

function checkSnapshotIsolation({ variables }: ServerFacts): Finding[] {
  const value = variables.get('innodb_snapshot_isolation');
  if (value === undefined) return [];
  return [fine('snapshot-isolation', isOn(value) ? 'on: late conflicts come as error 1020, which is retried' : 'off')];
}

/** Sessions of tablepick set all these variables. Other programs on the tables get the server's values. */
function checkSessionSettings({ variables }: ServerFacts): Finding {
  const deviating = sessionSettings.filter((setting) => {
    const shown = variables.get(setting.name);
    return setting.told !== false && shown !== undefined && !isUsual(setting, shown);
  });
  if (deviating.length === 0) return fine('session-settings', 'nothing cuts results or ends statements');
  const found = deviating.map(({ name, otherwise }) => `${name} ${variables.get(name)} ${otherwise}`);
  const advice = deviating.map(({ name, value }) => `${name} = ${/^[\d.]+$/.test(value) ? value : `'${value}'`}`);
  return warning(
    'session-settings',
    `${found.join('; ')}; tablepick's sessions set their own, other programs have these`,
    `SET GLOBAL ${advice.join(', ')}`,
  );
}

/** Members of a multi-writer cluster use these variables to avoid equal ids. */
function checkIdSteps({ variables }: ServerFacts): Finding {
  const [step, offset] = [variables.get('auto_increment_increment'), variables.get('auto_increment_offset')];
  if (step === '1' && offset === '1') return fine('id-steps', 'ids rise by 1');
  return fine('id-steps', `auto_increment_increment ${step}, auto_increment_offset ${offset}: ids leave gaps`);
}

function checkLocalInfile({ server }: ServerFacts): Finding {
  if (server.localInfile) return fine('local-infile', 'on: the strategy load-data can be used');
  return warning(
    'local-infile',
    'off: the strategy load-data cannot be used',
    'SET GLOBAL local_infile = 1, or leave it: --strategy auto takes another',
  );
}

function checkPacket({ server }: ServerFacts): Finding {
  const found = `max_allowed_packet ${Math.round(server.maxAllowedPacket / 1024)} KiB`;
  if (server.maxAllowedPacket >= 4 * MIB) return fine('packet', found);
  return warning('packet', `${found}: batches are cut smaller to fit`, 'SET GLOBAL max_allowed_packet = 67108864');
}

function checkDurability({ variables }: ServerFacts): Finding[] {
  const flush = variables.get('innodb_flush_log_at_trx_commit');
  const syncBinlog = isOn(variables.get('log_bin')) ? variables.get('sync_binlog') : '1';
  const doublewrite = variables.get('innodb_doublewrite') ?? 'ON';
  const weak = [
    ...(flush === '1' ? [] : [`innodb_flush_log_at_trx_commit ${flush}`]),
    ...(syncBinlog === '1' ? [] : [`sync_binlog ${syncBinlog}`]),
    ...(isOn(doublewrite) || /^DETECT/.test(doublewrite) ? [] : [`innodb_doublewrite ${doublewrite}`]),
  ];
  if (weak.length === 0) return [fine('durability', 'what was committed survives a crash of the machine')];
  const advice = `SET GLOBAL ${weak.map((entry) => `${entry.split(' ')[0]} = ${/doublewrite/.test(entry) ? 'ON' : '1'}`).join(', ')}`;
  return [warning('durability', `${weak.join(', ')}: a crash of the machine can lose committed reservations`, advice)];
}

function checkConnections({ server, poolSize, connected }: ServerFacts): Finding {
  const found = `pool of ${poolSize}, max_connections ${server.maxConnections}, ${connected} connected now`;
  if (poolSize + connected <= server.maxConnections) return fine('connections', found);
  const advice = `there is capacity for ${Math.max(0, server.maxConnections - connected)} more: give fewer --workers, or raise max_connections`;
  return (poolSize > server.maxConnections ? problem : warning)('connections', found, advice);
}

/**
 * In mode 1 an INSERT … SELECT holds the table's AUTO-INC lock to its end, so parallel workers wait for each other.
 */
function checkAutoincrement({ variables }: ServerFacts): Finding {
  const mode = variables.get('innodb_autoinc_lock_mode');
  if (mode === '2')
    return fine('autoincrement', 'innodb_autoinc_lock_mode 2: parallel inserts do not wait for each other');
  return warning(
    'autoincrement',
    `innodb_autoinc_lock_mode ${mode}: the strategy server-side cannot insert in parallel`,
    "set innodb_autoinc_lock_mode = 2 in the server's configuration and restart it",
  );
}

function checkBufferPool({ variables }: ServerFacts): Finding {
  const bytes = Number(variables.get('innodb_buffer_pool_size'));
  const found = `innodb_buffer_pool_size ${Math.round(bytes / MIB)} MiB`;
  if (bytes >= 512 * MIB) return fine('buffer-pool', found);
  return warning(
    'buffer-pool',
    `${found}: millions of slots do not fit`,
    'set innodb_buffer_pool_size to about half of the memory of the machine',
  );
}

/**
 * The history holds the last transaction of each row, for replicas. When foreign keys refer to a written table, such as
 * the slot table, COMMIT empties the history inside the lock of the binary log. That takes longer the larger the
 * history once was.
 *
 * @source MySQL 9.7 manual: 25,000 rows by default up to 9.4, a million since 9.5.
 */
function checkDependencyHistory({ variables }: ServerFacts): Finding[] {
  const rows = Number(variables.get('binlog_transaction_dependency_history_size') ?? 0);
  // Before 8.4 the history was used only when it was configured.
  const isUsed = variables.get('binlog_transaction_dependency_tracking') !== 'COMMIT_ORDER';
  if (rows === 0 || !isUsed || !isOn(variables.get('log_bin'))) return [];
  const found = `binlog_transaction_dependency_history_size ${rows}`;
  if (rows <= 100_000) return [fine('dependency-history', found)];
  return [
    warning(
      'dependency-history',
      `${found}: once that many rows were inserted, every COMMIT of a reservation takes longer, one after the other`,
      "set binlog_transaction_dependency_history_size = 25000 in the server's configuration and restart it",
    ),
  ];
}

function isOn(value: string | undefined): boolean {
  return value === 'ON' || value === '1';
}
