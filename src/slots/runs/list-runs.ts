import type { Database } from '../../database/database.js';
import type { RunSummary, SlotKey } from '../generation.js';
import { readCheckpoints, shortTime } from '../checkpoints/index.js';
import { haltReasonOf } from './distributed-run.js';
import type { HaltReason } from './distributed-run.js';
import { findLockHolder, readAttendants, runLockName } from '../ownership/index.js';
import type { RunAttendant } from '../ownership/index.js';
import { findRuns, requireRun } from './run-record.js';
import type { RunRecord } from './run-record.js';

/** All data of one run. */
export interface RunDetails extends RunSummary {
  /** `host:pid` of the last owner. */
  owner: string | null;
  /** Slots that a rollback has removed so far. */
  removed: number;
  kept: number;
  /** For a distributed run: the processes that work on it or follow it. */
  attendants: RunAttendant[];
  /** The error that stopped its workers. */
  halted: HaltReason | null;
  /** The first refused rows, at most 100. */
  failures: (SlotKey & { chunk: number; errno: number | null; message: string })[];
}

const SUM_CHUNKS = `
  SELECT COALESCE(SUM(inserted), 0) AS inserted, COALESCE(SUM(existing), 0) AS existing,
    COALESCE(SUM(failed), 0) AS failed, COUNT(*) AS chunksDone
  FROM slot_run_chunk WHERE run_id = ?`;
const READ_FAILURES = `
  SELECT chunk, restaurant_id AS restaurantId, date, time, errno, message
  FROM slot_run_failure WHERE run_id = ? ORDER BY id LIMIT 100`;

/** The latest runs, newest first, at most `limit` (default 50). */
export async function listRuns(database: Database, limit = 50): Promise<RunSummary[]> {
  const runs = await findRuns(database, limit);
  const summaries: RunSummary[] = [];
  for (const run of runs) summaries.push(await summarize(database, run));
  return summaries;
}

/**
 * One run with its failures and the counts of its rollback.
 *
 * @throws `RUN_UNKNOWN`
 */
export async function showRun(database: Database, runId: number): Promise<RunDetails> {
  const run = await requireRun(database, runId);
  const checkpoints = await readCheckpoints(database, runId);
  return {
    ...(await summarize(database, run)),
    owner: run.owner,
    attendants: await readAttendants(database, runId),
    halted: haltReasonOf(run),
    removed: checkpoints.reduce((sum, { removed }) => sum + (removed ?? 0), 0),
    kept: checkpoints.reduce((sum, { kept }) => sum + (kept ?? 0), 0),
    failures: (await database.query<RunDetails['failures'][number]>(READ_FAILURES, [runId])).map((failure) => ({
      ...failure,
      time: shortTime(failure.time),
    })),
  };
}

async function summarize(database: Database, run: RunRecord): Promise<RunSummary> {
  const [sums] = await database.query<Record<'inserted' | 'existing' | 'failed' | 'chunksDone', string | number>>(
    SUM_CHUNKS,
    [run.runId],
  );
  const isUnfinished = run.state === 'running' || run.state === 'rolling-back';
  return {
    runId: run.runId,
    state: run.state,
    strategy: run.strategy,
    range: { from: run.from, days: run.days },
    restaurants: run.restaurants,
    planned: run.planned,
    inserted: Number(sums?.inserted),
    existing: Number(sums?.existing),
    failed: Number(sums?.failed),
    chunks: run.chunks,
    chunksDone: Number(sums?.chunksDone),
    active: isUnfinished && (await isAtWork(database, run)),
    distributed: Boolean(run.distributed),
    startedAt: instant(run.startedAt),
    finishedAt: run.finishedAt === null ? null : instant(run.finishedAt),
  };
}

async function isAtWork(database: Database, { runId, identity, distributed }: RunRecord): Promise<boolean> {
  if ((await findLockHolder(database, runLockName(identity))) !== null) return true;
  return Boolean(distributed) && (await readAttendants(database, runId)).length > 0;
}

function instant(utc: string): Date {
  return new Date(`${utc.replace(' ', 'T')}Z`);
}
