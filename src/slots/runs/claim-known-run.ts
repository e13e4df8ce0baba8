import type { Database } from '../../database/database.js';
import { retryTransient } from '../../retry.js';
import type { RunState } from '../generation.js';
import { RunOwnership, endLostWorkers, lockRun, runLockName } from '../ownership/index.js';
import { findDecidingRun, requireRun } from './run-record.js';
import type { RunRecord } from './run-record.js';

/** A request for an existing run. */
export interface KnownRunRequest {
  database: Database;
  runId: number;
  leaseMs: number;
  /** The state of the run while it is owned. */
  state: RunState;
  /** Throws when the run may not be taken. Called while the lock is held. */
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
  // The holder of the lock works on the unfinished run of this identity. That may be another run.
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
