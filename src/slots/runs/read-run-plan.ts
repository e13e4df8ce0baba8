import type { Database } from '../../database/database.js';
import { requireRun } from '../ownership/claim-known-run.js';
import { readPlan } from './stored-plan.js';
import type { SlotPlan } from '../plan/plan.js';

/**
 * The plan a run was started with, from the rules stored beside it, whatever the rules are now.
 *
 * @throws `RUN_UNKNOWN`; `RULES_CHANGED` when what is stored was altered.
 */
export async function readRunPlan(database: Database, runId: number): Promise<SlotPlan> {
  return readPlan(database, await requireRun(database, runId));
}
