import type { Database, Transaction } from '../../database/database.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { TablepickError } from '../../errors.js';
import type { ErrorCode } from '../../errors.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import type { StoredChunk } from '../checkpoints/index.js';
import type { RunRecord } from './run-record.js';
import { isSameTable } from './table-identity.js';

const BOUNDS_OF_RUN = `
  SELECT MIN(first_id) AS firstId, MAX(last_id) AS lastId FROM slot_run_chunk WHERE run_id = ? AND state = 'done'`;
const ANY_WITHIN = `SELECT {slot.id} AS id FROM {slot} WHERE {slot.id} BETWEEN ? AND ? LIMIT 1`;

/** The bounds of a chunk. */
export type CutChunk = Pick<StoredChunk, 'chunk' | 'start' | 'end'>;

/** Facts for the check of the run that was found. */
export interface ResumeQuestion {
  database: Database;
  /** The deciding run, if it exists. */
  previous: RunRecord | undefined;
  /** The identity of the slot table now. */
  tableIdentity: string;
  plan: Pick<SlotPlan, 'rulesHash'>;
}

/**
 * Returns true when the previous run can be resumed, false when a new run may begin. A rollback in progress must end
 * first. An unfinished run needs the same rules and the same table. When a run has finished with the same rules and
 * table, a new run is refused.
 *
 * @throws `RUN_ROLLED_BACK`, `RULES_CHANGED`, `TABLE_CHANGED` or `RUN_FINISHED`.
 */
export async function checkResumable({ database, previous, tableIdentity, plan }: ResumeQuestion): Promise<boolean> {
  if (previous === undefined || previous.state === 'rolled-back') return false;
  const { runId } = previous;
  if (previous.state === 'rolling-back') {
    throw refusal('RUN_ROLLED_BACK', `run ${runId} is being rolled back`, `tablepick runs rollback ${runId}`);
  }
  const sameRules = previous.rulesHash === plan.rulesHash;
  const sameTable = isSameTable(previous.tableIdentity, tableIdentity) && (await holdsRowsOf(database, runId));
  if (previous.state === 'finished') {
    if (!sameRules || !sameTable) return false;
    const hint = `tablepick runs show ${runId}, tablepick slots verify, or generate again with --restart`;
    throw refusal('RUN_FINISHED', `run ${runId} has finished this range with these rules`, hint);
  }
  if (!sameRules) {
    const hint = `go on with the old rules by tablepick runs resume ${runId}, or begin anew with --restart`;
    throw refusal('RULES_CHANGED', `the rules have changed since run ${runId} stopped`, hint);
  }
  if (!sameTable) throw tableChanged(runId);
  return true;
}

/** The error when the run wrote to another table. */
export function tableChanged(runId: number): TablepickError {
  const message = `the slot table was recreated, truncated or altered since run ${runId} stopped`;
  return refusal('TABLE_CHANGED', message, `${adoptHint(runId)}; else begin anew with --restart`);
}

/** The hint for a run when its table was only rebuilt. */
export function adoptHint(runId: number): string {
  return `if it was only rebuilt (OPTIMIZE TABLE, ALTER TABLE): tablepick runs adopt ${runId}, which proves that its rows are there`;
}

/**
 * Refuses to resume when the chunks differ from the checkpoints, because slots would be left out.
 *
 * @throws `RULES_CHANGED`
 */
export function checkCut(runId: number, boxes: readonly PlanBox[], done: readonly CutChunk[]): void {
  const isSame = done.every(({ chunk, start, end }) => boxes[chunk]?.start === start && boxes[chunk]?.end === end);
  if (isSame) return;
  const message = `run ${runId} was cut into other chunks, by another version of tablepick`;
  throw refusal('RULES_CHANGED', message, 'begin anew with --restart; slots that exist are kept');
}

/**
 * Returns false when no slot has an id of the run. Then the table was emptied, or it was recreated within the same
 * second of creation time.
 */
export async function holdsRowsOf(database: Database, runId: number): Promise<boolean> {
  const [bounds] = await database.query<{ firstId: number | null; lastId: number | null }>(BOUNDS_OF_RUN, [runId]);
  if (bounds === undefined || bounds.firstId === null) return true;
  const read = (tx: Transaction) => tx.query<object>(ANY_WITHIN, [bounds.firstId, bounds.lastId]);
  return (await readAsWriter(database, read, { readsOnly: true })).length > 0;
}

function refusal(code: ErrorCode, message: string, hint: string): TablepickError {
  return new TablepickError(code, message, { hint });
}
