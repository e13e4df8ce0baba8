import { closeAfter } from '../../closing.js';
import { readCheckpointsOnWriter } from '../checkpoints/index.js';
import type { GenerateResult, RunState, VerifyReport } from '../generation.js';
import { verifySlots } from '../verify/index.js';
import { chooseWorkers } from './choose-workers.js';
import { insertChunks } from './insert-chunks.js';
import type { LocalRun } from './local-run.js';
import { cutAsBefore, openRun } from './open-run.js';
import type { RunJob } from './run-job.js';
import { RunTally } from './run-tally.js';

/** Inserts the remaining chunks of a run, closes the run and verifies the result. Ownership is always released. */
export async function workThroughRun(job: RunJob): Promise<GenerateResult> {
  const { settings, plan } = job;
  const { tally, workers } = await insertPending(job);
  const finished = tally.chunksLeft === 0;
  const proof = finished && settings.verify !== false ? await prove(job, workers) : null;
  return {
    runId: job.claimed.run.runId,
    state: finished ? 'finished' : 'stopped',
    strategy: job.choice.strategy,
    workers,
    planned: plan.rows,
    ...tally.result(),
    verified: proof?.ok ?? null,
    verifySeconds: proof?.seconds ?? null,
  };
}

/** Releases the lock and the lease at the end, also after an error. */
async function insertPending(job: RunJob): Promise<{ tally: RunTally; workers: number }> {
  const { ownership } = job.claimed;
  const { database, onEvent } = job.settings;
  let state: RunState = 'running';
  return closeAfter(
    () => ownership.close(state),
    async () => {
      const workers = await chooseWorkers(database, job.settings.workers ?? 'auto');
      onEvent?.({ kind: 'strategy', ...job.choice, workers });
      const tally = await insertOwned(job, workers);
      if (tally.chunksLeft === 0) state = 'finished';
      return { tally, workers };
    },
  );
}

async function insertOwned(job: RunJob, workers: number): Promise<RunTally> {
  const run = await openLocalRun(job, workers);
  announce(job, run.tally);
  return closeAfter(
    () => run.builders.close(),
    async () => {
      await run.strategy.prepare?.(run);
      await insertChunks(run);
      if (run.tally.chunksLeft === 0) await run.strategy.finish?.(run);
      return run.tally;
    },
  );
}

async function openLocalRun({ plan, choice, claimed, settings }: RunJob, workers: number): Promise<LocalRun> {
  const { database, batchRows, retry, signal, onEvent } = settings;
  const { run, ownership: owner } = claimed;
  const done = await readCheckpointsOnWriter(database, run.runId);
  const chunks = cutAsBefore(plan, run, done);
  const { strategy } = choice;
  const open = await openRun({
    database,
    run,
    plan,
    chunks,
    strategy,
    owner,
    isShared: false,
    batchRows,
    connections: workers,
    retry,
  });
  return { ...open, owner, workers, tally: new RunTally(chunks.length, done), signal, onEvent };
}

function announce({ claimed, plan, settings }: RunJob, tally: RunTally): void {
  const { runId } = claimed.run;
  const about = { runId, planned: plan.rows, chunks: tally.chunks };
  if (claimed.resumed) settings.onEvent?.({ kind: 'resumed', ...about, ...tally.doneBefore });
  else settings.onEvent?.({ kind: 'started', ...about });
}

/** Compares the table with the plan, after the run has finished. */
export async function prove(
  { plan, settings }: Pick<RunJob, 'plan' | 'settings'>,
  workers: number,
): Promise<VerifyReport> {
  const { database, signal, onEvent } = settings;
  const onProgress = (rowsChecked: number): void => onEvent?.({ kind: 'verifying', rowsChecked, planned: plan.rows });
  const report = await verifySlots(database, plan, { workers, signal, onProgress });
  onEvent?.({ kind: 'verified', report });
  return report;
}
