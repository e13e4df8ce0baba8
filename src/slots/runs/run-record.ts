import type { Database, Session, Transaction } from '../../database/database.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { TablepickError } from '../../errors.js';
import type { InsertStrategyName, RunState } from '../generation.js';
import type { OvernightRule } from '../plan/index.js';

/** A row of `slot_run`. */
export interface RunRecord {
  runId: number;
  identity: string;
  tableIdentity: string;
  rulesHash: string;
  state: RunState;
  strategy: InsertStrategyName;
  from: string;
  days: number;
  overnight: OvernightRule;
  restaurants: number;
  planned: number;
  /** Maximum rows of a chunk. 0 means one restaurant per chunk. */
  chunkRows: number;
  chunks: number;
  epoch: number;
  owner: string | null;
  /** The owner's sessions, as JSON of `ServerSession[]`. */
  ownerSessions: string | null;
  /** 1 when the lease has passed by the database's clock, or when there is no lease. */
  leaseExpired: number;
  /** 1 while its chunks are sent to workers, and after the workers have finished it. */
  distributed: number;
  /** The error that stopped its workers, as JSON of `HaltReason`. */
  halted: string | null;
  startedAt: string;
  finishedAt: string | null;
}

const COLUMNS = `
  id AS runId, identity, table_identity AS tableIdentity, rules_hash AS rulesHash, state, strategy,
  range_from AS \`from\`, range_days AS days, overnight, restaurants, planned, chunk_rows AS chunkRows, chunks,
  epoch, owner, owner_sessions AS ownerSessions, COALESCE(lease_until < UTC_TIMESTAMP(6), TRUE) AS leaseExpired,
  distributed, halted,
  CAST(started_at AS CHAR) AS startedAt, CAST(finished_at AS CHAR) AS finishedAt`;

const BY_ID = `SELECT ${COLUMNS} FROM slot_run WHERE id = ?`;
const LATEST_IN_STATES = `
  SELECT ${COLUMNS} FROM slot_run WHERE identity = ? AND state IN ('running', 'rolling-back', 'finished', 'rolled-back')
  ORDER BY (state IN ('running', 'rolling-back')) DESC, id DESC LIMIT 1`;
const ALL = `SELECT ${COLUMNS} FROM slot_run ORDER BY id DESC LIMIT ?`;
const INSERT = `
  INSERT INTO slot_run (identity, table_identity, rules_hash, state, strategy, range_from, range_days, overnight,
    restaurants, planned, chunk_rows, chunks, epoch, started_at)
  VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, 0, UTC_TIMESTAMP(6))`;
// The new epoch fences off a paused owner. Lease and sessions are cleared, so the run has no owner.
const ABANDON = `
  UPDATE slot_run SET state = 'abandoned', epoch = epoch + 1, lease_until = NULL, owner_sessions = NULL, distributed = FALSE,
    finished_at = UTC_TIMESTAMP(6)
  WHERE identity = ? AND state = 'running'`;

/** The columns of a new run. The others are filled later. */
export type NewRun = Pick<
  RunRecord,
  | 'identity'
  | 'tableIdentity'
  | 'rulesHash'
  | 'strategy'
  | 'from'
  | 'days'
  | 'overnight'
  | 'restaurants'
  | 'planned'
  | 'chunkRows'
  | 'chunks'
>;

/** The run with this id, or undefined. */
export async function findRun(reader: Pick<Session, 'query'>, runId: number): Promise<RunRecord | undefined> {
  return (await reader.query<RunRecord>(BY_ID, [runId]))[0];
}

/** The run with this id. @throws `RUN_UNKNOWN` when there is none. */
export async function requireRun(database: Database, runId: number): Promise<RunRecord> {
  const run = await findRunOnWriter(database, runId);
  if (run === undefined) {
    throw new TablepickError('RUN_UNKNOWN', `there is no run ${runId}`, { hint: 'tablepick runs list' });
  }
  return run;
}

/** {@link findRun} on the writer. Use it before writing for the run. */
export function findRunOnWriter(database: Database, runId: number): Promise<RunRecord | undefined> {
  return readAsWriter(database, (tx) => findRun(tx, runId));
}

/**
 * The deciding run for a new request of this identity: the unfinished run, else the latest. It is read on the writer.
 */
export async function findDecidingRun(database: Database, identity: string): Promise<RunRecord | undefined> {
  return (await readAsWriter(database, (tx) => tx.query<RunRecord>(LATEST_IN_STATES, [identity])))[0];
}

/** The latest runs, newest first. */
export async function findRuns(database: Database, limit: number): Promise<RunRecord[]> {
  return database.query<RunRecord>(ALL, [limit]);
}

/** Writes a new run and returns its id. */
export async function insertRun(tx: Transaction, run: NewRun): Promise<number> {
  const result = await tx.execute(INSERT, [
    run.identity,
    run.tableIdentity,
    run.rulesHash,
    run.strategy,
    run.from,
    run.days,
    run.overnight,
    run.restaurants,
    run.planned,
    run.chunkRows,
    run.chunks,
  ]);
  return result.insertId;
}

/** Abandons the running runs of an identity. Their rows stay and can still be rolled back. */
export async function abandonRuns(tx: Transaction, identity: string): Promise<void> {
  await tx.execute(ABANDON, [identity]);
}
