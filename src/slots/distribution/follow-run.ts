import { sleepUnlessAborted } from '../../abort/sleep-unless-aborted.js';
import type { Database } from '../../database/database.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { TablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import type { SlotKey } from '../generation.js';
import { readCheckpoints, shortTime } from '../checkpoints/index.js';
import { finishIfDone, readDistributed, refusalToWorkers } from '../runs/index.js';
import type { DistributedState } from '../runs/index.js';
import { readAttendants } from '../ownership/index.js';
import type { RunTally } from '../generate/index.js';
import type { DistributeEvent } from './distribution.js';

/** A distributed run to follow. */
export interface FollowedRun {
  database: Database;
  runId: number;
  epoch: number;
  /** Starts with the chunks that were done before. The others are added to it. */
  tally: RunTally;
  pollMs: number;
  signal: AbortSignal | undefined;
  onEvent: ((event: DistributeEvent) => void) | undefined;
}

/** When no worker has come for this time, an event reports it. */
const ABSENCE_TOLD_MS = 3_000;

const READ_FAILURES = `
  SELECT chunk, restaurant_id AS restaurantId, date, time, message FROM slot_run_failure
  WHERE run_id = ? AND chunk = ? ORDER BY id`;

/**
 * Reports the work of a run's workers from its checkpoints, until the run is finished. When `signal` fires before,
 * `finished` is false.
 *
 * @throws The error that halted the workers; `RUN_TAKEN_OVER`, `RUN_ROLLED_BACK` when the workers no longer own the
 * run; a failure of the server once its budget is spent.
 */
export async function followRun(followed: FollowedRun): Promise<{ finished: boolean; workers: number }> {
  const { database, runId, epoch, tally, signal, pollMs } = followed;
  const watch = new AttendanceWatch(followed);
  while (!signal?.aborted) {
    const state = await retryTransient(() => readState(followed), { signal }).catch((error: unknown) => {
      if (signal?.aborted) return undefined;
      throw error;
    });
    if (state === undefined) break;
    if (state.chunksDone > tally.chunks - tally.chunksLeft) await tellDone(followed);
    const isDone = tally.chunksLeft === 0;
    if (isDone && (await finishIfDone(database, { runId, epoch, chunks: tally.chunks }))) {
      return { finished: true, workers: watch.most };
    }
    await watch.look();
    await sleepUnlessAborted(pollMs, signal);
  }
  return { finished: false, workers: watch.most };
}

async function readState({ database, runId, epoch, tally }: FollowedRun): Promise<DistributedState> {
  const refusalOf = (state: DistributedState): TablepickError | undefined => {
    // When all chunks are done, an earlier halt does not matter.
    const halted = state.chunksDone === tally.chunks ? null : state.halted;
    return refusalToWorkers({ ...state, halted }, { runId, epoch });
  };
  let state = await readDistributed(database, runId);
  // Before a refusal is thrown, it is read again on the writer.
  if (state === undefined || refusalOf(state)) state = await readAsWriter(database, (tx) => readDistributed(tx, runId));
  if (state === undefined) throw new TablepickError('RUN_UNKNOWN', `run ${runId} has vanished`);
  const refusal = refusalOf(state);
  if (refusal !== undefined) throw refusal;
  return state;
}

async function tellDone({ database, runId, tally, onEvent }: FollowedRun): Promise<void> {
  for (const { chunk, planned, inserted, existing, failed } of await readCheckpoints(database, runId)) {
    if (tally.isDone(chunk)) continue;
    tally.addChunk(chunk, { inserted, existing, failed });
    onEvent?.({ kind: 'chunk-done', worker: 0, chunk, rows: planned, inserted, existing, failed });
    if (failed === 0) continue;
    const rows = await database.query<SlotKey & { message: string }>(READ_FAILURES, [runId, chunk]);
    for (const row of rows) onEvent?.({ kind: 'row-failed', ...row, chunk, time: shortTime(row.time) });
  }
}

/** Reports the number of workers on the run when it changes. */
class AttendanceWatch {
  readonly #followed: FollowedRun;
  readonly #startedMs = performance.now();
  #told: number | undefined;
  /** The highest number of workers at once. */
  most = 0;

  constructor(followed: FollowedRun) {
    this.#followed = followed;
  }

  async look(): Promise<void> {
    const { database, runId, onEvent } = this.#followed;
    const attendants = await retryTransient(() => readAttendants(database, runId));
    const workers = attendants.filter(({ role }) => role === 'worker').length;
    this.most = Math.max(this.most, workers);
    const isAbsence = workers === 0 && this.#told === undefined;
    if (workers === this.#told || (isAbsence && performance.now() - this.#startedMs < ABSENCE_TOLD_MS)) return;
    this.#told = workers;
    onEvent?.({ kind: 'attended', runId, workers });
  }
}
