import type { ServerCounts } from '../../bench/load/load-result.js';
import type { Database } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';

/** The server's counts since its start, at one moment. */
export type ServerCounters = Readonly<Record<keyof ServerCounts, number | null>>;

/** @source MySQL 9.x Reference Manual, 7.1.10 "Server Status Variables": `Questions` counts what clients sent. */
const STATUS = `SHOW GLOBAL STATUS WHERE Variable_name IN
  ('Innodb_row_lock_waits', 'Innodb_row_lock_time', 'Innodb_deadlocks', 'Com_commit', 'Com_rollback', 'Questions')`;

// MySQL has no status variable for deadlocks; both families have this counter, for users with the PROCESS privilege.
const DEADLOCKS = `SELECT \`COUNT\` AS count FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'`;

/** @source MySQL 9.x Reference Manual, 29.12.20.3 "Statement Summary Tables": timers are in picoseconds. */
const COMMIT_TIME = `SELECT COUNT_STAR AS count, SUM_TIMER_WAIT AS picoseconds
  FROM performance_schema.events_statements_summary_global_by_event_name WHERE EVENT_NAME = 'statement/sql/commit'`;

/**
 * Reads the counters of the whole server. A counter is null when the server does not keep it or the user may not read
 * it.
 */
export async function readServerCounters(database: Database): Promise<ServerCounters> {
  const rows = await database.query<{ Variable_name: string; Value: string }>(STATUS);
  const status = new Map(rows.map((row) => [row.Variable_name, Number(row.Value)]));
  const lockWaitMs = status.get('Innodb_row_lock_time') ?? null;
  const [metric] = await readIfAllowed<{ count: number }>(database, DEADLOCKS);
  const [commit] = await readIfAllowed<{ count: number; picoseconds: number }>(database, COMMIT_TIME);
  // When nothing is counted although there were commits, the server's performance schema is off.
  const isTimed = commit !== undefined && Number(commit.count) > 0;
  return {
    deadlocks: status.get('Innodb_deadlocks') ?? (metric === undefined ? null : Number(metric.count)),
    lockWaits: status.get('Innodb_row_lock_waits') ?? null,
    lockWaitSeconds: lockWaitMs === null ? null : lockWaitMs / 1000,
    commits: status.get('Com_commit') ?? null,
    rollbacks: status.get('Com_rollback') ?? null,
    commitSeconds: isTimed ? Number(commit.picoseconds) / 1e12 : null,
    statements: status.get('Questions') ?? null,
  };
}

/** The growth of the counts from `before` to `after`. */
export function countsBetween(before: ServerCounters, after: ServerCounters): ServerCounts {
  const difference = (name: keyof ServerCounts): number | null => {
    const [earlier, later] = [before[name], after[name]];
    return earlier === null || later === null ? null : later - earlier;
  };
  return {
    deadlocks: difference('deadlocks'),
    lockWaits: difference('lockWaits'),
    lockWaitSeconds: difference('lockWaitSeconds'),
    commits: difference('commits'),
    rollbacks: difference('rollbacks'),
    commitSeconds: difference('commitSeconds'),
    statements: difference('statements'),
  };
}

async function readIfAllowed<Row extends object>(database: Database, sql: string): Promise<Row[]> {
  try {
    return await database.query<Row>(sql);
  } catch (error) {
    if (isTablepickError(error, 'ACCESS_DENIED')) return [];
    throw error;
  }
}
