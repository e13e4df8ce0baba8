import { TablepickError } from '../../errors.js';
import { chooseStrategy } from './choose-strategy.js';
import type { StrategyChoice } from './choose-strategy.js';
import { checkRunSettings } from './choose-workers.js';
import type { GenerateResult, GenerateSlotsOptions } from '../generation.js';
import { insertStrategies } from '../inserts/index.js';
import { defaultLeaseMs } from '../ownership/index.js';
import { chunkPlan, compilePlan } from '../plan/index.js';
import type { SlotPlan } from '../plan/index.js';
import { claimRun } from '../runs/index.js';
import type { ClaimRequest } from '../runs/index.js';
import { workThroughRun } from './work-through-run.js';

/**
 * Inserts every slot of rules × range into the slot table, in parallel, and verifies the result. Each chunk writes a
 * checkpoint in its own transaction. An unfinished run of the same server, table, rules and range is resumed. Existing
 * slots are never changed.
 *
 * Guarantees: after any crash, a row is inserted at most once. At every instant the checkpoints agree with the table.
 *
 * @throws `BAD_RULE`, `BAD_RANGE` or `BAD_OPTION` before anything is written; `RUN_ACTIVE`, `RUN_FINISHED`,
 * `RULES_CHANGED`, `TABLE_CHANGED`, `TABLE_UNFIT`, `RUN_ROLLED_BACK`, `LOCAL_INFILE_OFF` as refusals; `RUN_TAKEN_OVER`
 * when another process has the run; any failure of the server once its retry budget is spent (the run can be resumed).
 * @example
 * const range = rangeOf({ month: '2030-12' });
 * const { verified } = await generateSlots({ database, rules: readRules(database), range });
 */
export async function generateSlots(options: GenerateSlotsOptions): Promise<GenerateResult> {
  const { choice, request } = await planRun(options);
  const claimed = await claimRun(request);
  return workThroughRun({ plan: request.plan, choice, claimed, settings: options });
}

/**
 * Decides the slots and the strategy of a run, before anything is written.
 *
 * @throws `BAD_RULE`, `BAD_RANGE`, `BAD_OPTION` or `LOCAL_INFILE_OFF`.
 */
export async function planRun(
  options: GenerateSlotsOptions,
): Promise<{ choice: StrategyChoice; request: ClaimRequest }> {
  const { database } = options;
  checkRunSettings(options);
  const plan = await compilePlan(options.rules, options.range, { overnight: options.overnight });
  if (plan.rows === 0) throw emptyPlan(plan);
  const choice = chooseStrategy(options.strategy ?? 'auto', plan, database.server);
  const rowsPerChunk = options.chunkRows ?? insertStrategies[choice.strategy].rowsPerChunk;
  const request = {
    database,
    plan,
    strategy: choice.strategy,
    selection: options.selection ?? 'all',
    restart: options.restart ?? false,
    leaseMs: options.leaseMs ?? defaultLeaseMs,
    chunkRows: rowsPerChunk === 'restaurant' ? 0 : rowsPerChunk,
    chunks: chunkPlan(plan, rowsPerChunk).length,
  };
  return { choice, request };
}

function emptyPlan({ range, restaurants }: SlotPlan): TablepickError {
  const message = `the rules of ${restaurants.length} restaurants give no slot from ${range.from} on, ${range.days} days`;
  return new TablepickError('BAD_RANGE', message, {
    hint: 'check restaurant_operating_hour, or try --demo on an empty database',
  });
}
