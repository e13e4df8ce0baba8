import type { Database, Transaction } from '../../database/database.js';
import { isTablepickError } from '../../errors.js';
import type { RollbackResult, SlotKey } from '../generation.js';
import { plannedSlots, wholePlan } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { boxCondition, keyText, readFinalCheckpoint, repeatableTransaction, shortTime } from '../checkpoints/index.js';
import type { StoredChunk } from '../checkpoints/index.js';
import { takenOver } from '../ownership/index.js';
import type { RunOwnership } from '../ownership/index.js';

/** The input for the rollback of a chunk. */
export interface ChunkToRollBack {
  database: Database;
  plan: SlotPlan;
  runId: number;
  /** When undefined, slots are only counted and listed. */
  ownership: RunOwnership | undefined;
  stored: StoredChunk;
  signal: AbortSignal | undefined;
}

/** The result of rolling back a chunk. */
export interface ChunkRollback {
  removed: number;
  kept: number;
  gone: number;
  keptKeys: RollbackResult['keptKeys'];
}

interface OwnSlot extends SlotKey {
  id: number;
  count: number;
}

const rowsPerDelete = 5_000;

const FIND_KEPT_BY_RUN = `SELECT slot_id AS id FROM slot_run_existing WHERE run_id = ? AND chunk = ?`;

// Fenced like a checkpoint: when another owner has raised the epoch, this changes nothing.
const MARK = `
  UPDATE slot_run_chunk c JOIN slot_run r ON r.id = c.run_id
  SET c.state = 'rolled-back', c.removed = ?, c.kept = ?, c.gone = ?
  WHERE c.run_id = ? AND c.chunk = ? AND c.state = 'done' AND r.epoch = ? AND r.state = 'rolling-back'`;

/**
 * Removes the chunk's own slots without reservations, and marks the chunk in the same transaction. The whole
 * transaction is retried.
 */
export async function rollBackChunk(of: ChunkToRollBack): Promise<ChunkRollback> {
  try {
    return await of.database.transaction((tx) => undoChunk(tx, of), { signal: of.signal });
  } catch (error) {
    if (!isTablepickError(error, 'COMMIT_UNKNOWN')) throw error;
    return resolveUnknownCommit(of);
  }
}

/** The result for a chunk that was rolled back before. Its kept slots are read again. */
export async function recallChunk(of: ChunkToRollBack): Promise<ChunkRollback> {
  const { removed, kept, gone } = of.stored;
  const look = (): Promise<ChunkRollback> => rollBackChunk({ ...of, ownership: undefined });
  const keptKeys = kept !== null && kept > 0 ? (await look()).keptKeys : [];
  return { removed: removed ?? 0, kept: kept ?? 0, gone: gone ?? 0, keptKeys };
}

async function undoChunk(tx: Transaction, of: ChunkToRollBack): Promise<ChunkRollback> {
  await of.ownership?.register(tx);
  // Locks the slots first, then reads the reservations. A new booking waits for this transaction.
  const own = await readOwnSlots(tx, of);
  const reservations = await countReservations(tx, of);
  const bookedBy = (slot: OwnSlot): number => Math.max(slot.count, reservations.get(slot.id) ?? 0);
  const free = own.filter((slot) => bookedBy(slot) === 0);
  const kept = own.filter((slot) => bookedBy(slot) > 0);
  const undone: ChunkRollback = {
    removed: free.length,
    kept: kept.length,
    gone: of.stored.inserted - own.length,
    keptKeys: kept.map((slot) => ({ ...keyOf(slot), reservations: bookedBy(slot) })),
  };
  if (of.ownership === undefined) return undone;
  await deleteSlots(tx, free);
  await markRolledBack(tx, of, { undone, ownership: of.ownership });
  return undone;
}

/** The chunk's own rows that still exist: planned, within its ids, and not recorded as existing before. */
async function readOwnSlots(tx: Transaction, of: ChunkToRollBack): Promise<OwnSlot[]> {
  const { firstId, lastId } = of.stored;
  if (firstId === null || lastId === null) return [];
  const condition = boxCondition(of.plan, boxOf(of));
  const statement = `
    SELECT {slot.id} AS id, {slot.restaurantId} AS restaurantId, CAST({slot.date} AS CHAR) AS date,
      CAST({slot.time} AS CHAR) AS time, {slot.count} AS count
    FROM {slot} WHERE ${condition.sql} AND {slot.id} BETWEEN ? AND ? ${of.ownership === undefined ? '' : 'FOR UPDATE'}`;
  const rows = await tx.query<OwnSlot>(statement, [...condition.values, firstId, lastId]);
  const before = await tx.query<{ id: number }>(FIND_KEPT_BY_RUN, [of.runId, of.stored.chunk]);
  const existedBefore = new Set(before.map(({ id }) => id));
  const planned = new Set([...plannedSlots(of.plan, boxOf(of))].map(keyText));
  return rows.filter((row) => !existedBefore.has(row.id) && planned.has(keyText(row)));
}

async function countReservations(tx: Transaction, of: ChunkToRollBack): Promise<Map<number, number>> {
  const condition = boxCondition(of.plan, boxOf(of));
  const statement = `
    SELECT booked.{reservation.slotId} AS id, COUNT(*) AS reservations
    FROM {reservation} booked JOIN (SELECT {slot.id} AS own_id FROM {slot} WHERE ${condition.sql}) own
      ON own.own_id = booked.{reservation.slotId}
    GROUP BY booked.{reservation.slotId}`;
  const rows = await tx.query<{ id: number; reservations: number }>(statement, condition.values);
  return new Map(rows.map(({ id, reservations }) => [id, reservations]));
}

async function deleteSlots(tx: Transaction, slots: readonly OwnSlot[]): Promise<void> {
  for (let start = 0; start < slots.length; start += rowsPerDelete) {
    const ids = slots.slice(start, start + rowsPerDelete).map(({ id }) => id);
    const statement = `DELETE FROM {slot} WHERE {slot.id} IN (${ids.map(() => '?').join(',')})`;
    await tx.execute(statement, ids);
  }
}

async function markRolledBack(
  tx: Transaction,
  of: ChunkToRollBack,
  { undone, ownership }: { undone: ChunkRollback; ownership: RunOwnership },
): Promise<void> {
  const values = [undone.removed, undone.kept, undone.gone, of.runId, of.stored.chunk, ownership.epoch];
  const result = await tx.execute(MARK, values);
  if (result.affectedRows === 0) throw takenOver(of.runId);
}

/** When the answer to a COMMIT is lost, the chunk's mark shows whether it was applied. */
async function resolveUnknownCommit(of: ChunkToRollBack): Promise<ChunkRollback> {
  const { database, runId, stored, signal } = of;
  const read = (tx: Transaction): Promise<StoredChunk | undefined> => readFinalCheckpoint(tx, runId, stored.chunk);
  const now = await repeatableTransaction(database, read, { signal });
  return now?.state === 'rolled-back' ? recallChunk({ ...of, stored: now }) : rollBackChunk(of);
}

function boxOf({ plan, stored }: ChunkToRollBack): PlanBox {
  return { ...wholePlan(plan), start: stored.start, end: stored.end };
}

function keyOf({ restaurantId, date, time }: SlotKey): SlotKey {
  return { restaurantId, date, time: shortTime(time) };
}
