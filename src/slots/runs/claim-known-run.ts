import type { Database } from '../../database/database.js';
import { retryTransient } from '../../retry.js';
import type { RunState } from '../generation.js';
import { RunOwnership, endLostWorkers, lockRun, runLockName } from '../ownership/index.js';
import { findDecidingRun, requireRun } from './run-record.js';
import type { RunRecord } from './run-record.js';

/** What is wanted of a run that exists. */
export interface KnownRunRequest {
  database: Database;
  runId: number;
  leaseMs: number;
  /** The state the run is in while it is owned. */
  state: RunState;
  /** Refuses, by throwing, a run that may not be taken; called with the lock held. */
  check(run: RunRecord): Promise<void> | void;
}

/**
 * Takes ownership of the run of that id.
 *
 * @throws `RUN_UNKNOWN`, `RUN_ACTIVE`, and whatever `check` throws.
 */
export function claimKnownRun(request: KnownRunRequest): Promise<{ run: RunRecord; ownership: RunOwnership }> {
  return retryTransient(() => claimOnce(request));
}

async function claimOnce(request: KnownRunRequest): Promise<{ run: RunRecord; ownership: RunOwnership }> {
  const { database, runId, leaseMs } = request;
  const { identity } = await requireRun(database, runId);
  // Whoever holds the lock works on the identity's unfinished run, which need not be this one.
  const lock = await lockRun(database, identity, () => findDecidingRun(database, identity));
  try {
    const run = await requireRun(database, runId);
    await request.check(run);
    const options = { database, runId, lockName: runLockName(identity), leaseMs };
    const ownership = await RunOwnership.take(options, lock, request.state);
    if (run.distributed) await endLostWorkers(database, runId);
    return { run, ownership };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
