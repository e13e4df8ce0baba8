import type { ServerInfo } from '../../database/database.js';
import { TablepickError } from '../../errors.js';
import type { InsertStrategyName } from '../generation.js';
import { rowCounter, wholePlan } from '../plan/index.js';
import type { SlotPlan } from '../plan/index.js';

/** A strategy, and the reason for it as a short text. */
export interface StrategyChoice {
  strategy: InsertStrategyName;
  reason: string;
}

/** When the staged rows are a larger part of the plan's rows, staging costs more than it saves. */
const stagedShareLimit = 0.1;
/** This number of rows is always staged, because it takes almost no time. */
const stagedRowsAlways = 5_000;

/**
 * The strategy to run. For `auto`: the fastest strategy that server and plan allow.
 *
 * @throws `LOCAL_INFILE_OFF` when `load-data` was asked for and the server forbids it.
 * @source reports/ (insert strategies compared): server-side and load-data lead, batch follows.
 */
export function chooseStrategy(
  wanted: InsertStrategyName | 'auto',
  plan: SlotPlan,
  server: Pick<ServerInfo, 'localInfile'>,
): StrategyChoice {
  if (wanted === 'load-data' && !server.localInfile) throw localInfileOff();
  if (wanted !== 'auto') return { strategy: wanted, reason: 'asked for' };
  if (stagedRows(plan) <= Math.max(stagedRowsAlways, plan.rows * stagedShareLimit)) {
    return { strategy: 'server-side', reason: `fastest: ${describeWeeks(plan)} fit a staging table` };
  }
  const why = `${describeWeeks(plan)} are too many to stage`;
  return server.localInfile
    ? { strategy: 'load-data', reason: `fastest here: ${why}, and the server allows LOAD DATA LOCAL` }
    : { strategy: 'batch', reason: `fastest here: ${why}, and local_infile is off` };
}

/** The number of slots when each distinct week is counted once. */
function stagedRows(plan: SlotPlan): number {
  const rowsOf = rowCounter(plan, wholePlan(plan));
  const indexOfWeek = new Map(plan.restaurants.map(({ week }, index) => [week, index]));
  return [...indexOfWeek.values()].reduce((rows, index) => rows + rowsOf(index), 0);
}

function describeWeeks(plan: SlotPlan): string {
  const weeks = plan.weeks.length;
  return `${weeks} distinct ${weeks === 1 ? 'week' : 'weeks'} of ${plan.restaurants.length} restaurants`;
}

function localInfileOff(): TablepickError {
  return new TablepickError('LOCAL_INFILE_OFF', 'strategy load-data: the server has local_infile off', {
    hint: 'SET GLOBAL local_infile = ON as an administrator, or use --strategy auto',
  });
}
