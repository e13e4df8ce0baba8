import { TablepickError } from '../../errors.js';
import { chooseStrategy } from './choose-strategy.js';
import { checkRunSettings } from './choose-workers.js';
import { defaultLeaseMs } from '../ownership/index.js';
import type { GenerateResult, InsertStrategyName, RunSettings } from '../generation.js';
import {
  checkSlotTable,
  claimKnownRun,
  holdsRowsOf,
  isSameTable,
  readPlan,
  readTableIdentity,
  refuseAttended,
  requireRun,
  tableChanged,
} from '../runs/index.js';
import type { RunRecord } from '../runs/index.js';
import { workThroughRun } from './work-through-run.js';

/** The run to resume, and its settings. */
export interface ResumeRunOptions extends RunSettings {
  runId: number;
  /** Default: the strategy of the run. */
  strategy?: InsertStrategyName | 'auto' | undefined;
}

/**
 * Resumes an unfinished run with its stored rules, also when the rules have changed since.
 *
 * @throws `RUN_UNKNOWN`, `RUN_FINISHED`, `RUN_ROLLED_BACK`, `RUN_ACTIVE`, `TABLE_CHANGED`, `TABLE_UNFIT` as refusals;
 * else as `generateSlots`.
 * @example
 * const { state } = await resumeRun({ database, runId: 3 });
 */
export async function resumeRun(options: ResumeRunOptions): Promise<GenerateResult> {
  const { database, runId } = options;
  checkRunSettings(options);
  const stored = await requireRun(database, runId);
  await checkSlotTable(database);
  const plan = await readPlan(database, stored);
  const choice = chooseStrategy(options.strategy ?? stored.strategy, plan, database.server);
  const claimed = await claimKnownRun({
    database,
    runId,
    leaseMs: options.leaseMs ?? defaultLeaseMs,
    state: 'running',
    check: (run) => checkUnfinished(options, run),
  });
  return workThroughRun({ plan, choice, claimed: { ...claimed, resumed: true }, settings: options });
}

async function checkUnfinished({ database }: ResumeRunOptions, run: RunRecord): Promise<void> {
  const { runId, state } = run;
  await refuseAttended(database, run);
  if (state === 'finished') throw refuse('RUN_FINISHED', `run ${runId} has finished`, `tablepick runs show ${runId}`);
  if (state === 'abandoned') {
    throw refuse('RUN_FINISHED', `run ${runId} was given up for a newer one`, 'tablepick runs list');
  }
  if (state !== 'running') {
    throw refuse('RUN_ROLLED_BACK', `run ${runId} is ${state}`, `tablepick runs show ${runId}`);
  }
  const sameTable = isSameTable(run.tableIdentity, await readTableIdentity(database));
  if (!sameTable || !(await holdsRowsOf(database, runId))) throw tableChanged(runId);
}

function refuse(code: 'RUN_FINISHED' | 'RUN_ROLLED_BACK', message: string, hint: string): TablepickError {
  return new TablepickError(code, message, { hint });
}
