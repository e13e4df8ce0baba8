import { TablepickError } from '../../errors.js';

/** A session variable that changes the effect of tablepick's statements, and the value that each connection sets. */
export interface SessionSetting {
  name: string;
  /** As `SHOW VARIABLES` prints it. */
  value: string;
  /** `at least`: a larger number is left as it is, e.g. a longer timeout. */
  kept?: 'at least';
  /** The effect of another value, as text for people. */
  otherwise: string;
  /** False when servers differ by default, or when another check reports it. */
  told?: false;
}

/** A variable that sessions may not change, or not every user, with the only value that works for tablepick. */
export interface RequiredSetting {
  name: string;
  value: string;
  otherwise: string;
}

const SQL_MODE =
  'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** No limit: the largest number that both MySQL and MariaDB accept. */
const UNLIMITED = '18446744073709551615';

/** Longer than the pool keeps an idle connection, and longer than a run waits between two renewals. */
const IDLE_SECONDS = 120;

/**
 * Session variables of MySQL 8.0 to 9.7 and MariaDB 10.6 to 11.8 that every user may set. Each can cut a result, end a
 * statement or a session, or change the meaning of a statement or a transaction. Variables that a server does not know
 * are left out. When a variable is not set, it changes something silently.
 *
 * Some variables are not changed, on purpose. `auto_increment_increment` and `auto_increment_offset`: cluster members
 * need them for different ids. `innodb_lock_wait_timeout` and `lock_wait_timeout`: their timeout is a conflict and is
 * retried. `innodb_snapshot_isolation`: its error 1020 is a conflict too. Memory limits and the user's resource limits:
 * they cause clear errors. `group_replication_consistency` and `wsrep_sync_wait`: they belong to the cluster.
 *
 * The order matters: setting `max_join_size` sets `sql_big_selects`.
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

/** Variables that would make every answer wrong and that a session cannot set to their default. */
export const requiredSettings: readonly RequiredSetting[] = [
  { name: 'system_versioning_asof', value: 'DEFAULT', otherwise: 'shows rows as they were once' },
];

/**
 * Set before the variables are read, because these variables may cut or end that read. MySQL and MariaDB both know the
 * first three.
 */
export const SET_BEFORE_LOOKING = `SET SESSION sql_select_limit = ${UNLIMITED}, SESSION max_join_size = ${UNLIMITED},
  SESSION sql_big_selects = 1 /*M!100600 , SESSION max_statement_time = 0 */`;

/** Default SQL value of `wait_timeout`. */
export const USUAL_WAIT_TIMEOUT = `CAST(GREATEST(@@GLOBAL.wait_timeout, ${IDLE_SECONDS}) AS UNSIGNED)`;

/** The statement that initializes a session. `known` holds the names of the server's variables. */
export function setSession(known: ReadonlySet<string>): string {
  const assignments = sessionSettings.filter(({ name }) => known.has(name)).map(toAssignment);
  return `SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci, ${assignments.join(', ')}`;
}

/** True when the value `shown` needs no setting. */
export function isUsual({ value, kept }: SessionSetting, shown: string): boolean {
  return kept === 'at least' ? Number(shown) >= Number(value) : shown === value;
}

/**
 * Refuses a server when a required variable has another value.
 *
 * @param shown The server's session variables by name.
 * @throws `SERVER_UNFIT` that names the variable, its value, and the needed value.
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
