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

/** Where a chunk begins and ends. */
export type CutChunk = Pick<StoredChunk, 'chunk' | 'start' | 'end'>;

/** What is held against the run that was found. */
export interface ResumeQuestion {
  database: Database;
  /** The run that decides, if there is any. */
  previous: RunRecord | undefined;
  /** What the slot table is now. */
  tableIdentity: string;
  plan: Pick<SlotPlan, 'rulesHash'>;
}

/**
 * True when the previous run is unfinished and may go on, false when a new one may begin. The conditions, in order: a
 * rollback under way must end first; unfinished needs the same rules and the same table; finished with the same rules
 * and table is done.
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

/** The refusal to go on in a table that is not the one the run wrote to. */
export function tableChanged(runId: number): TablepickError {
  const message = `the slot table was recreated, truncated or altered since run ${runId} stopped`;
  return refusal('TABLE_CHANGED', message, `${adoptHint(runId)}; else begin anew with --restart`);
}

/** The way out for a run whose table was only rebuilt. */
export function adoptHint(runId: number): string {
  return `if it was only rebuilt (OPTIMIZE TABLE, ALTER TABLE): tablepick runs adopt ${runId}, which proves that its rows are there`;
}

/**
 * Refuses to go on with chunks that are cut otherwise than the checkpoints say: slots would be left out.
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
 * False when no slot is left among the ids of the run: the table was emptied, or made anew within the second its
 * creation time tells.
 */
export async function holdsRowsOf(database: Database, runId: number): Promise<boolean> {
  const [bounds] = await database.query<{ firstId: number | null; lastId: number | null }>(BOUNDS_OF_RUN, [runId]);
  if (bounds === undefined || bounds.firstId === null) return true;
  const sql = database.sql(ANY_WITHIN);
  const read = (tx: Transaction) => tx.query<object>(sql, [bounds.firstId, bounds.lastId]);
  return (await readAsWriter(database, read, { readsOnly: true })).length > 0;
}

function refusal(code: ErrorCode, message: string, hint: string): TablepickError {
  return new TablepickError(code, message, { hint });
}
