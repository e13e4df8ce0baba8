import type { Database } from '../../database/database.js';
import { TablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import type { InsertStrategyName } from '../generation.js';
import type { SlotPlan } from '../plan/index.js';
import { RunOwnership, endLostWorkers, lockRun, runLockName } from '../ownership/index.js';
import type { SessionLock } from '../ownership/index.js';
import { checkResumable } from './check-resumable.js';
import { checkSlotTable } from './check-slot-table.js';
import { endHalt, refuseAttended } from './distributed-run.js';
import { repeatableTransaction } from '../checkpoints/index.js';
import { runIdentity } from './run-identity.js';
import { abandonRuns, findDecidingRun, findRunOnWriter, insertRun } from './run-record.js';
import type { RunRecord } from './run-record.js';
import { storePlan } from './stored-plan.js';
import { readTableIdentity } from './table-identity.js';

/** The request of a generation. */
export interface ClaimRequest {
  database: Database;
  plan: SlotPlan;
  selection: string;
  /** For a new run only. A resumed run keeps its chunks. */
  strategy: InsertStrategyName;
  /** 0 means one restaurant per chunk. */
  chunkRows: number;
  chunks: number;
  restart: boolean;
  leaseMs: number;
}

/** A run that this process may write for. */
export interface ClaimedRun {
  run: RunRecord;
  ownership: RunOwnership;
  resumed: boolean;
}

/** A run that was sent to workers before. The workers keep it. */
export interface JoinedRun {
  run: RunRecord;
  ownership: undefined;
  resumed: true;
}

/**
 * Finds or creates the run for a plan and takes ownership of it. An unfinished run of the same identity is resumed.
 * Otherwise a new run begins.
 *
 * @throws `RUN_ACTIVE`, `RUN_FINISHED`, `RULES_CHANGED`, `TABLE_CHANGED`, `RUN_ROLLED_BACK` (a rollback is under way),
 * `TABLE_UNFIT`: refusals that name the next command.
 */
export async function claimRun(request: ClaimRequest): Promise<ClaimedRun> {
  return underLock(request, (found) => takeRun(request, found));
}

/**
 * Like {@link claimRun}, but joins an unfinished run that was sent to workers. A joined run keeps its epoch, so its
 * workers can go on. Its halt is ended.
 *
 * @throws As {@link claimRun}.
 */
export async function claimOrJoinRun(request: ClaimRequest): Promise<ClaimedRun | JoinedRun> {
  const { database } = request;
  return underLock(request, async (found) => {
    const { previous, lock } = found;
    const mayJoin = !request.restart && previous?.distributed && (await mayResume(request, found));
    if (!mayJoin) return takeRun(request, found);
    await endHalt(database, previous);
    await lock.release();
    return { run: previous, ownership: undefined, resumed: true };
  });
}

/** The facts for a request, read under the lock of its identity. */
interface Found {
  lock: SessionLock;
  identity: string;
  tableIdentity: string;
  previous: RunRecord | undefined;
}

/** When the server turns read-only, the lock's session is lost. Then everything is read again on the new writer. */
function underLock<T>(request: ClaimRequest, decide: (found: Found) => Promise<T>): Promise<T> {
  return retryTransient(() => underOneLock(request, decide));
}

/** After any failure the lock is released. */
async function underOneLock<T>(request: ClaimRequest, decide: (found: Found) => Promise<T>): Promise<T> {
  const { database, plan, selection } = request;
  await checkSlotTable(database);
  const identity = runIdentity(database, plan.range, selection);
  const findPrevious = (): Promise<RunRecord | undefined> => findDecidingRun(database, identity);
  const lock = await lockRun(database, identity, findPrevious);
  try {
    const tableIdentity = await readTableIdentity(database);
    return await decide({ lock, identity, tableIdentity, previous: await findPrevious() });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function mayResume({ database, plan }: ClaimRequest, { previous, tableIdentity }: Found): Promise<boolean> {
  return checkResumable({ database, previous, tableIdentity, plan });
}

async function takeRun(request: ClaimRequest, found: Found): Promise<ClaimedRun> {
  const { database } = request;
  const { previous, lock } = found;
  if (previous !== undefined) await refuseAttended(database, previous);
  const resumed = !request.restart && (await mayResume(request, found));
  const runId = resumed && previous ? previous.runId : await beginRun(request, found);
  const owned = await own(request, runId, lock);
  if (previous?.distributed) await endLostWorkers(database, previous.runId);
  return { ...owned, resumed };
}

async function beginRun(
  request: ClaimRequest,
  { identity, tableIdentity }: Pick<Found, 'identity' | 'tableIdentity'>,
): Promise<number> {
  const { database, plan, strategy, chunkRows, chunks } = request;
  return repeatableTransaction(database, async (tx) => {
    // A COMMIT with a lost answer may have begun a run. It is abandoned too, because nothing was written for it yet.
    await abandonRuns(tx, identity);
    const runId = await insertRun(tx, {
      identity,
      tableIdentity,
      strategy,
      chunkRows,
      chunks,
      ...plan.range,
      rulesHash: plan.rulesHash,
      overnight: plan.overnight,
      restaurants: plan.restaurants.length,
      planned: plan.rows,
    });
    await storePlan(tx, runId, plan);
    return runId;
  });
}

async function own(request: ClaimRequest, runId: number, lock: SessionLock): Promise<Omit<ClaimedRun, 'resumed'>> {
  const { database, leaseMs } = request;
  const run = await findRunOnWriter(database, runId);
  if (run === undefined) throw new TablepickError('RUN_UNKNOWN', `run ${runId} has vanished`);
  const options = { database, runId, lockName: runLockName(run.identity), leaseMs };
  return { run, ownership: await RunOwnership.take(options, lock, 'running') };
}
