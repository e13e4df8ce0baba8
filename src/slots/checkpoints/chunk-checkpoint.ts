import type { Database, Session, Transaction } from '../../database/database.js';
import { readAsWriter } from '../../database/read-as-writer.js';

/** The counts of a chunk, as stored in `slot_run_chunk`. */
export interface ChunkCounts {
  inserted: number;
  /** Slots of the plan that existed before. */
  existing: number;
  /** Rows that the server refused. */
  failed: number;
}

/** A checkpoint to write. */
export interface Checkpoint extends ChunkCounts {
  runId: number;
  chunk: number;
  /** Ordinals of `slot_run_restaurant`. `start` is included, `end` is not. */
  start: number;
  end: number;
  planned: number;
  /** Lowest and highest inserted id. Null when no row was inserted. */
  firstId: number | null;
  lastId: number | null;
  epoch: number;
}

/** The stored state of a chunk. */
export interface StoredChunk extends ChunkCounts {
  chunk: number;
  state: 'done' | 'rolled-back';
  start: number;
  end: number;
  planned: number;
  firstId: number | null;
  lastId: number | null;
  /** The counts of a rollback. Null before it. */
  removed: number | null;
  kept: number | null;
  gone: number | null;
}

// Fenced: when another owner has raised the epoch, this inserts nothing. The S lock on the run's row lasts until
// COMMIT. So a takeover waits for a chunk that is committing, and every later chunk sees the takeover.
const WRITE = `
  INSERT INTO slot_run_chunk (run_id, chunk, state, start_ordinal, end_ordinal, planned, inserted, existing, failed,
    first_id, last_id, epoch, done_at)
  SELECT id, ?, 'done', ?, ?, ?, ?, ?, ?, ?, ?, epoch, UTC_TIMESTAMP(6) FROM slot_run
  WHERE id = ? AND epoch = ? AND state = 'running' LOCK IN SHARE MODE`;
// Waits while another worker does the chunk, because that worker inserts its row first. Afterwards the row is its
// checkpoint.
const OPEN = `
  INSERT INTO slot_run_chunk (run_id, chunk, state, start_ordinal, end_ordinal, planned, epoch) VALUES (?, ?, 'open', ?, ?, 0, ?)
  ON DUPLICATE KEY UPDATE chunk = VALUES(chunk)`;
const DROP_OPEN = `DELETE FROM slot_run_chunk WHERE run_id = ? AND chunk = ? AND state = 'open'`;

const COLUMNS = `
  chunk, state, start_ordinal AS start, end_ordinal AS end, planned, inserted, existing, failed,
  first_id AS firstId, last_id AS lastId, removed, kept, gone`;
// A locking read waits while a COMMIT is in progress, so its answer is final.
const READ_FINAL = `SELECT ${COLUMNS} FROM slot_run_chunk WHERE run_id = ? AND chunk = ? LOCK IN SHARE MODE`;
const READ_ONE = `SELECT ${COLUMNS} FROM slot_run_chunk WHERE run_id = ? AND chunk = ?`;
const READ_ALL = `SELECT ${COLUMNS} FROM slot_run_chunk WHERE run_id = ? ORDER BY chunk`;

/**
 * Locks a chunk, because other workers may have the same chunk. The lock is an uncommitted row, and
 * {@link dropOpenCheckpoint} removes it. When the chunk is done already, its checkpoint is returned.
 */
export async function openCheckpoint(
  tx: Transaction,
  c: Pick<Checkpoint, 'runId' | 'chunk' | 'start' | 'end' | 'epoch'>,
): Promise<StoredChunk | undefined> {
  const { affectedRows } = await tx.execute(OPEN, [c.runId, c.chunk, c.start, c.end, c.epoch]);
  return affectedRows === 1 ? undefined : (await tx.query<StoredChunk>(READ_ONE, [c.runId, c.chunk]))[0];
}

/** Removes the open checkpoint. The chunk stays locked until the end of the transaction. */
export async function dropOpenCheckpoint(tx: Transaction, runId: number, chunk: number): Promise<void> {
  await tx.execute(DROP_OPEN, [runId, chunk]);
}

/** Writes the checkpoint in the chunk's own transaction. When another owner has the run, it returns false. */
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

/** The final checkpoint: a COMMIT in progress is awaited. Undefined when the chunk was never committed. */
export async function readFinalCheckpoint(
  session: Session,
  runId: number,
  chunk: number,
): Promise<StoredChunk | undefined> {
  return (await session.query<StoredChunk>(READ_FINAL, [runId, chunk]))[0];
}

/** The committed checkpoint of a chunk. Undefined while the chunk is not done. */
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

/** {@link readCheckpoints} on the writer, because a replica may not have the newest checkpoints. */
export function readCheckpointsOnWriter(database: Database, runId: number): Promise<StoredChunk[]> {
  return readAsWriter(database, (tx) => readCheckpoints(tx, runId), { readsOnly: true });
}
