import type { TestServer } from './servers.js';

/** A global variable and a value with which a program that trusts the server makes errors. */
export interface HostileSetting {
  name: string;
  /** SQL text. */
  value: string;
  /** The server that knows the variable; default both. */
  on?: TestServer['name'];
}

/** The settings that a server can have for all its users. They are in this order because some undo others. */
export const hostileSettings: readonly HostileSetting[] = [
  { name: 'sql_select_limit', value: '7' },
  { name: 'sql_safe_updates', value: '1' },
  { name: 'max_join_size', value: '1' },
  { name: 'max_execution_time', value: '1', on: 'mysql' },
  { name: 'max_statement_time', value: '0.001', on: 'mariadb' },
  { name: 'autocommit', value: '0' },
  { name: 'completion_type', value: "'RELEASE'" },
  { name: 'transaction_isolation', value: "'SERIALIZABLE'", on: 'mysql' },
  { name: 'tx_isolation', value: "'SERIALIZABLE'", on: 'mariadb' },
  { name: 'transaction_read_only', value: '1', on: 'mysql' },
  { name: 'tx_read_only', value: '1', on: 'mariadb' },
  { name: 'sql_mode', value: "'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,NO_UNSIGNED_SUBTRACTION'" },
  { name: 'time_zone', value: "'+13:00'" },
  { name: 'sql_auto_is_null', value: '1' },
  { name: 'foreign_key_checks', value: '0' },
  { name: 'unique_checks', value: '0' },
  { name: 'check_constraint_checks', value: '0', on: 'mariadb' },
  { name: 'sql_if_exists', value: '1', on: 'mariadb' },
  { name: 'sql_notes', value: '0' },
  { name: 'max_error_count', value: '0' },
  { name: 'old_mode', value: "'ZERO_DATE_TIME_CAST'", on: 'mariadb' },
  { name: 'div_precision_increment', value: '0' },
  { name: 'max_sort_length', value: '8' },
  { name: 'group_concat_max_len', value: '4' },
  { name: 'default_storage_engine', value: "'MEMORY'" },
  { name: 'character_set_server', value: "'latin1'" },
  { name: 'lc_time_names', value: "'ko_KR'" },
  { name: 'default_week_format', value: '3' },
  { name: 'updatable_views_with_limit', value: "'NO'" },
  { name: 'low_priority_updates', value: '1' },
  { name: 'big_tables', value: '1' },
  { name: 'sql_quote_show_create', value: '0' },
  { name: 'cte_max_recursion_depth', value: '0', on: 'mysql' },
  { name: 'max_recursive_iterations', value: '0', on: 'mariadb' },
  { name: 'innodb_snapshot_isolation', value: '1', on: 'mariadb' },
  { name: 'innodb_lock_wait_timeout', value: '1' },
  { name: 'idle_transaction_timeout', value: '1', on: 'mariadb' },
  { name: 'idle_write_transaction_timeout', value: '1', on: 'mariadb' },
  { name: 'idle_readonly_transaction_timeout', value: '1', on: 'mariadb' },
  { name: 'wait_timeout', value: '1' },
  { name: 'net_read_timeout', value: '1' },
  { name: 'net_write_timeout', value: '1' },
  { name: 'session_track_gtids', value: "'OWN_GTID'", on: 'mysql' },
  { name: 'session_track_transaction_info', value: "'CHARACTERISTICS'" },
  { name: 'session_track_state_change', value: '1' },
  { name: 'session_track_system_variables', value: "'*'" },
  { name: 'sql_generate_invisible_primary_key', value: '1', on: 'mysql' },
  { name: 'sql_require_primary_key', value: '1', on: 'mysql' },
  { name: 'binlog_row_image', value: "'MINIMAL'" },
  { name: 'information_schema_stats_expiry', value: '31536000', on: 'mysql' },
  { name: 'range_optimizer_max_mem_size', value: '1', on: 'mysql' },
  { name: 'eq_range_index_dive_limit', value: '1' },
  { name: 'auto_increment_increment', value: '7' },
  { name: 'auto_increment_offset', value: '73' },
];

/** The settings that a server of this kind has. */
export function hostileOn(engine: TestServer['name']): HostileSetting[] {
  return hostileSettings.filter(({ on = engine }) => on === engine);
}
