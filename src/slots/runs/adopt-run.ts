import type { Database } from '../../database/database.js';
import { TablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import { plannedSlots, wholePlan } from '../plan/index.js';
import type { SlotPlan } from '../plan/index.js';
import { hasIdsOfLaterRun } from './rollback-run.js';
import { boxCondition, keyText, readCheckpointsOnWriter, repeatableTransaction } from '../checkpoints/index.js';
import type { StoredChunk } from '../checkpoints/index.js';
import { checkSlotTable } from './check-slot-table.js';
import { refuseAttended } from './distributed-run.js';
import { lockRun } from '../ownership/index.js';
import { findDecidingRun, requireRun } from './run-record.js';
import { readPlan } from './stored-plan.js';
import { isSameTable, readTableIdentity } from './table-identity.js';

/** The run to adopt. */
export interface AdoptOptions {
  database: Database;
  runId: number;
  /** Stops between two chunks. Then nothing is changed. */
  signal?: AbortSignal | undefined;
}

/** The result of an adoption. */
export interface AdoptResult {
  runId: number;
  /** False when the run already belongs to this table. Then nothing is checked. */
  adopted: boolean;
  /** Slots of the run that still exist as the run wrote them. */
  slots: number;
}

const ADOPT = 'UPDATE slot_run SET table_identity = ? WHERE id = ? AND table_identity = ?';
const FIND_EXISTING = 'SELECT slot_id AS id FROM slot_run_existing WHERE run_id = ? AND chunk = ?';

/**
 * Accepts a rebuilt table (OPTIMIZE TABLE, ALTER TABLE) for a run, so that the run can be resumed or rolled back. First
 * it proves that the rows belong to the run: each slot of a checkpoint must exist within the checkpoint's ids, with the
 * key and the capacity of the plan. Also, no later run may have ids as low. An emptied or recreated table is refused.
 *
 * @throws `TABLE_CHANGED` when the proof fails, or the table changed again meanwhile; `RUN_UNKNOWN`, `RUN_ACTIVE`,
 * `RUN_ROLLED_BACK`, `TABLE_UNFIT`; `ABORTED`.
 */
export async function adoptRun(options: AdoptOptions): Promise<AdoptResult> {
  const { database, runId } = options;
  const { identity } = await requireRun(database, runId);
  const lock = await retryTransient(() => lockRun(database, identity, () => findDecidingRun(database, identity)));
  try {
    return await adoptLocked(options);
  } finally {
    await lock.release();
  }
}

async function adoptLocked({ database, runId, signal }: AdoptOptions): Promise<AdoptResult> {
  const run = await requireRun(database, runId);
  if (run.state === 'rolled-back') throw rolledBack(runId);
  await refuseAttended(database, run);
  await checkSlotTable(database);
  const found = await readTableIdentity(database);
  if (isSameTable(run.tableIdentity, found)) return { runId, adopted: false, slots: 0 };
  if (await hasIdsOfLaterRun(database, run)) throw notItsRows(runId, 'a later run has ids as low as its own');
  const plan = await readPlan(database, run);
  const slots = await proveChunks({ database, plan, runId, signal });
  if (found !== (await readTableIdentity(database))) throw notItsRows(runId, 'the table changed again meanwhile');
  await repeatableTransaction(database, (tx) => tx.execute(ADOPT, [found, runId, run.tableIdentity]));
  return { runId, adopted: true, slots };
}

interface Proof {
  database: Database;
  plan: SlotPlan;
  runId: number;
  signal: AbortSignal | undefined;
}

/** @returns The number of proved slots. */
async function proveChunks(proof: Proof): Promise<number> {
  const { database, runId, signal } = proof;
  let slots = 0;
  for (const chunk of await readCheckpointsOnWriter(database, runId)) {
    if (signal?.aborted) throw new TablepickError('ABORTED', `stopped while proving the slots of run ${runId}`);
    if (chunk.state !== 'done' || chunk.inserted === 0) continue;
    const there = await countOwn(proof, chunk);
    if (there !== chunk.inserted) {
      throw notItsRows(
        runId,
        `of ${chunk.inserted} slots of its chunk ${chunk.chunk} ${there} are there as it wrote them`,
      );
    }
    slots += there;
  }
  return slots;
}

interface SlotRow {
  id: number;
  restaurantId: number;
  date: string;
  time: string;
  capacity: number;
}

/**
 * Counts the slots of a chunk that are as the run wrote them: within its ids, planned, with the planned capacity, and
 * not recorded as existing before.
 */
async function countOwn({ database, plan, runId }: Proof, chunk: StoredChunk): Promise<number> {
  const box = { ...wholePlan(plan), start: chunk.start, end: chunk.end };
  const condition = boxCondition(plan, box);
  const statement = `
    SELECT {slot.id} AS id, {slot.restaurantId} AS restaurantId, CAST({slot.date} AS CHAR) AS date,
      CAST({slot.time} AS CHAR) AS time, {slot.capacity} AS capacity
    FROM {slot} WHERE ${condition.sql} AND {slot.id} BETWEEN ? AND ?`;
  const values = [...condition.values, chunk.firstId, chunk.lastId];
  const rows = await database.query<SlotRow>(statement, values);
  const before = await database.query<{ id: number }>(FIND_EXISTING, [runId, chunk.chunk]);
  const existing = new Set(before.map(({ id }) => id));
  const planned = new Map([...plannedSlots(plan, box)].map((slot) => [keyText(slot), slot.capacity]));
  return rows.filter((row) => !existing.has(row.id) && planned.get(keyText(row)) === row.capacity).length;
}

function rolledBack(runId: number): TablepickError {
  const hint = `tablepick runs show ${runId}`;
  return new TablepickError('RUN_ROLLED_BACK', `run ${runId} was rolled back: it has no rows`, { hint });
}

function notItsRows(runId: number, why: string): TablepickError {
  const message = `the slot table is not the one that run ${runId} wrote to, or its rows were changed: ${why}`;
  return new TablepickError('TABLE_CHANGED', message, {
    hint: 'delete by hand what is not wanted, or generate anew with --restart: slots that exist are kept',
  });
}
