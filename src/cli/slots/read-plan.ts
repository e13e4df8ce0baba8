import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import {
  type RunSummary,
  type SlotPlan,
  type SlotRange,
  compilePlan,
  listRuns,
  readRules,
  readRunPlan,
} from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import type { PlanOptions } from './plan-options.js';
import { describeDefaultRange, describeRange, readRange } from './plan-range.js';

/** The dates of a command: those of its options, or those of the next month, which are then printed. */
export function readRangeOf(context: CommandContext, options: PlanOptions & { demo?: unknown }): SlotRange {
  const range = readRange(options, new Date());
  if (!namesDates(options)) context.output.note(`no dates named: ${describeDefaultRange(range)}`);
  return range;
}

/** The plan to prove: that of the options. When they name no part of a plan, it is the plan of the latest run. */
export async function readPlanToProve(
  context: CommandContext,
  database: Database,
  options: PlanOptions,
): Promise<SlotPlan> {
  const namesAny = namesDates(options) || options.restaurants !== undefined || options.overnight !== undefined;
  const run = namesAny ? undefined : await findLatestRun(database);
  if (run === undefined) return readPlanOf(database, options, readRangeOf(context, options));
  context.output.note(`no dates named: those of run ${run.runId}, ${describeRange(run.range)}`);
  return readRunPlan(database, run.runId);
}

async function findLatestRun(database: Database): Promise<RunSummary | undefined> {
  const runs = await listRuns(database);
  return runs.find(({ state }) => state === 'finished' || state === 'running');
}

function namesDates({ month, from }: PlanOptions): boolean {
  return month !== undefined || from !== undefined;
}

/**
 * The plan of the restaurants that the options name, from the rules in the database.
 *
 * @throws `BAD_RANGE` when the plan has no slots, and the errors of reading and compiling the rules.
 */
export async function readPlanOf(database: Database, options: PlanOptions, range: SlotRange): Promise<SlotPlan> {
  const rules = readRules(database, { restaurantIds: options.restaurants });
  const plan = await compilePlan(rules, range, { overnight: options.overnight });
  if (plan.rows > 0) return plan;
  throw new TablepickError('BAD_RANGE', describeEmptyPlan(plan), {
    hint:
      plan.restaurants.length === 0
        ? 'fill restaurant and restaurant_operating_hour, or try it with: tablepick generate-slots --demo'
        : 'choose dates on which a restaurant is open, or look at restaurant_operating_hour',
  });
}

function describeEmptyPlan(plan: SlotPlan): string {
  const dates = describeRange(plan.range);
  return plan.restaurants.length === 0
    ? `no slots to plan for ${dates}: the database has no restaurants`
    : `no slots to plan for ${dates}: none of ${plan.restaurants.length} restaurants is open then`;
}
