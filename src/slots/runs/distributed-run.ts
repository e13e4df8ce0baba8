import type { Database, Session } from '../../database/database.js';
import { TablepickError } from '../../errors.js';
import type { ErrorCode } from '../../errors.js';
import type { RunState } from '../generation.js';
import { repeatableTransaction } from '../checkpoints/index.js';
import { readAttendants, takenOver } from '../ownership/index.js';
import type { RunRecord } from './run-record.js';

/** The error that stopped the workers of a run, as stored in `slot_run.halted`. */
export interface HaltReason {
  code: ErrorCode;
  message: string;
  hint: string | null;
}

/** The state of a distributed run. */
export interface DistributedState {
  state: RunState;
  epoch: number;
  halted: string | null;
  chunksDone: number;
}

const READ_STATE = `
  SELECT state, epoch, halted, (SELECT COUNT(*) FROM slot_run_chunk c WHERE c.run_id = r.id) AS chunksDone
  FROM slot_run r WHERE id = ?`;
const COUNT_CHECKPOINTS = `SELECT COUNT(*) AS chunks FROM slot_run_chunk WHERE run_id = ?`;
const HALT = `UPDATE slot_run SET halted = ? WHERE id = ? AND epoch = ? AND state = 'running' AND halted IS NULL`;
const GO_ON = `UPDATE slot_run SET halted = NULL WHERE id = ? AND epoch = ?`;
const FINISH = `
  UPDATE slot_run SET state = 'finished', halted = NULL, finished_at = UTC_TIMESTAMP(6)
  WHERE id = ? AND epoch = ? AND state = 'running'`;
const FORGET_ALL = `DELETE FROM slot_run_worker WHERE run_id = ? AND lease_until <= UTC_TIMESTAMP(6)`;

/** A run, and the epoch of its workers. */
export type EpochOfRun = Pick<RunRecord, 'runId' | 'epoch'>;

/** Reads the state of a distributed run. Undefined when the run does not exist. */
export async function readDistributed(
  reader: Pick<Session, 'query'>,
  runId: number,
): Promise<DistributedState | undefined> {
  return (await reader.query<DistributedState>(READ_STATE, [runId]))[0];
}

/**
 * When every chunk has its checkpoint, finishes the run and returns true. When another owner has the run, its state is
 * not changed. Several processes may call this at once.
 */
export async function finishIfDone(database: Database, run: EpochOfRun & Pick<RunRecord, 'chunks'>): Promise<boolean> {
  const [counted] = await database.query<{ chunks: number }>(COUNT_CHECKPOINTS, [run.runId]);
  if (counted?.chunks !== run.chunks) return false;
  await repeatableTransaction(database, async (tx) => {
    await tx.execute(FINISH, [run.runId, run.epoch]);
    await tx.execute(FORGET_ALL, [run.runId]);
  });
  return true;
}

/** Stops the workers of a run before their next chunk. Followers of the run get the reason. */
export async function haltRun(database: Database, { runId, epoch }: EpochOfRun, reason: HaltReason): Promise<void> {
  await repeatableTransaction(database, (tx) => tx.execute(HALT, [JSON.stringify(reason), runId, epoch]));
}

/** Lets workers go on after {@link haltRun}. */
export async function endHalt(database: Database, { runId, epoch }: EpochOfRun): Promise<void> {
  await repeatableTransaction(database, (tx) => tx.execute(GO_ON, [runId, epoch]));
}

/** The error that stopped the workers of a run, or null. */
export function haltReasonOf({ halted }: Pick<RunRecord, 'halted'>): HaltReason | null {
  return halted === null ? null : (JSON.parse(halted) as HaltReason);
}

/** The error when workers with this epoch may not write for the run. Undefined when they may. */
export function refusalToWorkers(
  run: Pick<RunRecord, 'state' | 'epoch' | 'halted'>,
  { runId, epoch }: EpochOfRun,
): TablepickError | undefined {
  if (run.state === 'rolling-back' || run.state === 'rolled-back') {
    return new TablepickError('RUN_ROLLED_BACK', `run ${runId} was taken back`, {
      hint: `tablepick runs show ${runId}`,
    });
  }
  if (run.epoch !== epoch || run.state === 'abandoned') return takenOver(runId);
  const reason = haltReasonOf(run);
  if (reason === null) return undefined;
  const hint = reason.hint === null ? {} : { hint: reason.hint };
  return new TablepickError(reason.code, `the workers of run ${runId} have stopped: ${reason.message}`, hint);
}

/**
 * Refuses to take a run while it has workers or followers.
 *
 * @throws `RUN_ACTIVE`
 */
export async function refuseAttended(database: Database, run: RunRecord): Promise<void> {
  if (!run.distributed || run.state !== 'running') return;
  const attendants = await readAttendants(database, run.runId);
  if (attendants.length === 0) return;
  const names = attendants.map(({ name }) => name).join(', ');
  throw new TablepickError('RUN_ACTIVE', `run ${run.runId} is handed out to workers: ${names}`, {
    hint: `follow it with --distribute, stop its workers first, or take it back: tablepick runs rollback ${run.runId}`,
  });
}
