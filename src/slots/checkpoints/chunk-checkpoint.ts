import type { Database, Session, Transaction } from '../../database/database.js';
import { readAsWriter } from '../../database/read-as-writer.js';

/** What a chunk did, as its row in `slot_run_chunk` holds it. */
export interface ChunkCounts {
  inserted: number;
  /** Slots of the plan that were there before. */
  existing: number;
  /** Rows the server refused. */
  failed: number;
}

/** A checkpoint about to be written. */
export interface Checkpoint extends ChunkCounts {
  runId: number;
  chunk: number;
  /** First ordinal of `slot_run_restaurant`, and one past the last. */
  start: number;
  end: number;
  planned: number;
  /** Bounds of the ids that were inserted; null when none was. */
  firstId: number | null;
  lastId: number | null;
  epoch: number;
}

/** Where a chunk of a finished or resumed run stands. */
export interface StoredChunk extends ChunkCounts {
  chunk: number;
  state: 'done' | 'rolled-back';
  start: number;
  end: number;
  planned: number;
  firstId: number | null;
  lastId: number | null;
  /** What a rollback did; null before it. */
  removed: number | null;
  kept: number | null;
  gone: number | null;
}

// Fenced: inserts nothing when another owner has raised the epoch. The S lock on the run's row lasts until COMMIT, so a
// takeover waits for a chunk that is committing and is seen by every chunk that is not.
const WRITE = `
  INSERT INTO slot_run_chunk (run_id, chunk, state, start_ordinal, end_ordinal, planned, inserted, existing, failed,
    first_id, last_id, epoch, done_at)
  SELECT id, ?, 'done', ?, ?, ?, ?, ?, ?, ?, ?, epoch, UTC_TIMESTAMP(6) FROM slot_run
  WHERE id = ? AND epoch = ? AND state = 'running' LOCK IN SHARE MODE`;
// Waits while somebody else is at the chunk: their row is there as soon as they begin, or the checkpoint they have
// written.
const OPEN = `
  INSERT INTO slot_run_chunk (run_id, chunk, state, start_ordinal, end_ordinal, planned, epoch) VALUES (?, ?, 'open', ?, ?, 0, ?)
  ON DUPLICATE KEY UPDATE chunk = VALUES(chunk)`;
const DROP_OPEN = `DELETE FROM slot_run_chunk WHERE run_id = ? AND chunk = ? AND state = 'open'`;

const COLUMNS = `
  chunk, state, start_ordinal AS start, end_ordinal AS end, planned, inserted, existing, failed,
  first_id AS firstId, last_id AS lastId, removed, kept, gone`;
// A locking read waits for a transaction whose COMMIT is still under way, so its answer is final.
const READ_FINAL = `SELECT ${COLUMNS} FROM slot_run_chunk WHERE run_id = ? AND chunk = ? LOCK IN SHARE MODE`;
const READ_ONE = `SELECT ${COLUMNS} FROM slot_run_chunk WHERE run_id = ? AND chunk = ?`;
const READ_ALL = `SELECT ${COLUMNS} FROM slot_run_chunk WHERE run_id = ? ORDER BY chunk`;

/**
 * Locks a chunk that others may be given at the same time, by a row that nobody sees and that {@link
 * dropOpenCheckpoint} takes away again; returns the checkpoint when the chunk is done by now.
 */
export async function openCheckpoint(
  tx: Transaction,
  c: Pick<Checkpoint, 'runId' | 'chunk' | 'start' | 'end' | 'epoch'>,
): Promise<StoredChunk | undefined> {
  const { affectedRows } = await tx.execute(OPEN, [c.runId, c.chunk, c.start, c.end, c.epoch]);
  return affectedRows === 1 ? undefined : (await tx.query<StoredChunk>(READ_ONE, [c.runId, c.chunk]))[0];
}

/** Removes the open checkpoint; the chunk stays locked until the end of the transaction. */
export async function dropOpenCheckpoint(tx: Transaction, runId: number, chunk: number): Promise<void> {
  await tx.execute(DROP_OPEN, [runId, chunk]);
}

/** Writes the checkpoint in the chunk's own transaction; false when the run belongs to another owner by now. */
export async function writeCheckpoint(tx: Transaction, c: Checkpoint): Promise<boolean> {
  const result = await tx.execute(WRITE, [
    c.chunk,
    c.start,
    c.end,
    c.planned,
    c.inserted,
    c.existing,
    c.failed,
    c.firstId,
    c.lastId,
    c.runId,
    c.epoch,
  ]);
  return result.affectedRows === 1;
}

/** The checkpoint as it is once no transaction can change it any more; undefined when the chunk was never committed. */
export async function readFinalCheckpoint(
  session: Session,
  runId: number,
  chunk: number,
): Promise<StoredChunk | undefined> {
  return (await session.query<StoredChunk>(READ_FINAL, [runId, chunk]))[0];
}

/** The checkpoint of a chunk as it is committed; undefined while it is not done. */
export async function readCheckpoint(
  database: Database,
  runId: number,
  chunk: number,
): Promise<StoredChunk | undefined> {
  return (await database.query<StoredChunk>(READ_ONE, [runId, chunk]))[0];
}

/** Every checkpoint of a run, by chunk number. */
export async function readCheckpoints(reader: Pick<Session, 'query'>, runId: number): Promise<StoredChunk[]> {
  return reader.query<StoredChunk>(READ_ALL, [runId]);
}

/** {@link readCheckpoints}, told by the writer: what is done is not done again, and what is undone is all of it. */
export function readCheckpointsOnWriter(database: Database, runId: number): Promise<StoredChunk[]> {
  return readAsWriter(database, (tx) => readCheckpoints(tx, runId), { readsOnly: true });
}
