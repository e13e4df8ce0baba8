import { TablepickError } from '../../errors.js';

/** A session variable that changes what a statement of tablepick does, and what each connection sets it to. */
export interface SessionSetting {
  name: string;
  /** As `SHOW VARIABLES` prints it. */
  value: string;
  /** `at least`: a larger number is left as it is, e.g. a longer timeout. */
  kept?: 'at least';
  /** What another value does, for people. */
  otherwise: string;
  /** False where a server differs by default, or a check of its own tells it. */
  told?: false;
}

/** A variable that no session may change, or not everybody's, with the only value that tablepick can work with. */
export interface RequiredSetting {
  name: string;
  value: string;
  otherwise: string;
}

const SQL_MODE =
  'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** Most rows and longest looks; the largest number both kinds of server know. */
const UNLIMITED = '18446744073709551615';

/** Longer than the pool keeps a connection that nobody uses, and than a run waits between two signs of life. */
const IDLE_SECONDS = 120;

/**
 * Every session variable of MySQL 8.0 to 9.7 and MariaDB 10.6 to 11.8 that can cut a result, end a statement or a
 * session, or change what a statement or a transaction means, and that everybody may set. Those a server does not know
 * are left out. Each changes something silently, if it is not set.
 *
 * Left as they are, on purpose: `auto_increment_increment` and `auto_increment_offset`, by which the members of a
 * cluster keep their ids apart; `innodb_lock_wait_timeout` and `lock_wait_timeout`, whose end is a conflict, tried
 * again; `innodb_snapshot_isolation`, whose 1020 is one; memory limits and resource limits of the user, which fail
 * aloud; what a cluster's reads wait for (`group_replication_consistency`, `wsrep_sync_wait`).
 *
 * The order counts: setting `max_join_size` sets `sql_big_selects`.
 *
 * @source MySQL 9.7 Reference Manual, "Server System Variables"; MariaDB Knowledge Base, "Server System Variables";
 * `SHOW SESSION VARIABLES` of both.
 */
export const sessionSettings: readonly SessionSetting[] = [
  { name: 'sql_select_limit', value: UNLIMITED, otherwise: 'cuts every result' },
  { name: 'max_join_size', value: UNLIMITED, otherwise: 'refuses to read many rows' },
  { name: 'sql_big_selects', value: 'ON', otherwise: 'refuses to read many rows' },
  { name: 'max_execution_time', value: '0', otherwise: 'ends long reads' },
  { name: 'max_statement_time', value: '0.000000', otherwise: 'ends long statements' },
  { name: 'autocommit', value: 'ON', otherwise: 'leaves transactions open' },
  { name: 'completion_type', value: 'NO_CHAIN', otherwise: 'begins another transaction at COMMIT, or hangs up' },
  { name: 'transaction_isolation', value: 'READ-COMMITTED', otherwise: 'locks gaps between rows', told: false },
  { name: 'tx_isolation', value: 'READ-COMMITTED', otherwise: 'locks gaps between rows', told: false },
  { name: 'transaction_read_only', value: 'OFF', otherwise: 'refuses every write' },
  { name: 'tx_read_only', value: 'OFF', otherwise: 'refuses every write' },
  { name: 'sql_mode', value: SQL_MODE, otherwise: 'cuts values short, or reads statements differently', told: false },
  { name: 'time_zone', value: '+00:00', otherwise: 'tells instants in a zone of its own', told: false },
  { name: 'sql_safe_updates', value: 'OFF', otherwise: 'refuses changes that no key finds' },
  { name: 'sql_auto_is_null', value: 'OFF', otherwise: 'finds the row inserted last where NULL is looked for' },
  { name: 'foreign_key_checks', value: 'ON', otherwise: 'lets in rows without their parents' },
  { name: 'unique_checks', value: 'ON', otherwise: 'may let in duplicates' },
  { name: 'check_constraint_checks', value: 'ON', otherwise: 'lets in rows that a CHECK forbids' },
  { name: 'sql_if_exists', value: 'OFF', otherwise: 'hides that a table is missing' },
  { name: 'sql_notes', value: 'ON', otherwise: 'leaves notes out of the count of warnings' },
  { name: 'old_mode', value: 'UTF8_IS_UTF8MB3', otherwise: 'changes what statements mean' },
  { name: 'div_precision_increment', value: '4', otherwise: 'rounds quotients' },
  { name: 'max_sort_length', value: '1024', otherwise: 'sorts by the beginning of long values', kept: 'at least' },
  { name: 'group_concat_max_len', value: '1024', otherwise: 'cuts lists', kept: 'at least' },
  { name: 'default_storage_engine', value: 'InnoDB', otherwise: 'makes tables without transactions' },
  { name: 'query_cache_type', value: 'OFF', otherwise: 'answers from a cache', told: false },
  { name: 'use_secondary_engine', value: 'OFF', otherwise: 'reads a copy that may be behind', told: false },
  { name: 'wsrep_dirty_reads', value: 'OFF', otherwise: 'reads on a node that left its cluster' },
  { name: 'idle_transaction_timeout', value: '0', otherwise: 'hangs up in transactions' },
  { name: 'idle_write_transaction_timeout', value: '0', otherwise: 'hangs up in transactions' },
  { name: 'idle_readonly_transaction_timeout', value: '0', otherwise: 'hangs up in transactions' },
  { name: 'wait_timeout', value: String(IDLE_SECONDS), otherwise: 'hangs up early', kept: 'at least' },
  { name: 'net_read_timeout', value: '30', otherwise: 'hangs up on slow clients', kept: 'at least' },
  { name: 'net_write_timeout', value: '60', otherwise: 'hangs up on slow clients', kept: 'at least' },
];

/** What would make every answer wrong, and cannot be set to its default by name. */
export const requiredSettings: readonly RequiredSetting[] = [
  { name: 'system_versioning_asof', value: 'DEFAULT', otherwise: 'shows rows as they were once' },
];

/**
 * What must hold before anything can be looked at: these may cut or end the look itself. Both kinds of server know the
 * first three.
 */
export const SET_BEFORE_LOOKING = `SET SESSION sql_select_limit = ${UNLIMITED}, SESSION max_join_size = ${UNLIMITED},
  SESSION sql_big_selects = 1 /*M!100600 , SESSION max_statement_time = 0 */`;

/** SQL value of `wait_timeout` when nothing shorter is asked for. */
export const USUAL_WAIT_TIMEOUT = `CAST(GREATEST(@@GLOBAL.wait_timeout, ${IDLE_SECONDS}) AS UNSIGNED)`;

/** The statement that puts a session right; `known` holds the names of the variables that the server has. */
export function setSession(known: ReadonlySet<string>): string {
  const assignments = sessionSettings.filter(({ name }) => known.has(name)).map(toAssignment);
  return `SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci, ${assignments.join(', ')}`;
}

/** True when a server whose variable is `shown` needs no setting. */
export function isUsual({ value, kept }: SessionSetting, shown: string): boolean {
  return kept === 'at least' ? Number(shown) >= Number(value) : shown === value;
}

/**
 * Looks for what cannot be put right.
 *
 * @param shown Session variables as the server shows them, by name.
 * @throws `SERVER_UNFIT` that names the variable, its value, and what to set it to.
 */
export function refuseUnfit(shown: ReadonlyMap<string, string>): void {
  for (const { name, value, otherwise } of requiredSettings) {
    const found = shown.get(name);
    if (found === undefined || found === value) continue;
    throw new TablepickError('SERVER_UNFIT', `the server's ${name} is ${found}, which ${otherwise}`, {
      hint: `have an administrator run SET GLOBAL ${name} = ${value}`,
    });
  }
}

function toAssignment({ name, value, kept }: SessionSetting): string {
  if (kept === 'at least') return `SESSION ${name} = CAST(GREATEST(@@SESSION.${name}, ${value}) AS UNSIGNED)`;
  return `SESSION ${name} = ${/^[\d.]+$/.test(value) ? value : `'${value}'`}`;
}
