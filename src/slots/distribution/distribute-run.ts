import { withClosing } from '../../closing.js';
import { joinFailures } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import { readCheckpoints } from '../checkpoints/index.js';
import { RunTally, cutAsBefore, openRun, planRun, prove } from '../generate/index.js';
import type { OpenRun, StrategyChoice } from '../generate/index.js';
import { RunPresence, defaultLeaseMs } from '../ownership/index.js';
import type { SlotPlan } from '../plan/index.js';
import { claimOrJoinRun } from '../runs/index.js';
import type { ClaimedRun, JoinedRun } from '../runs/index.js';
import { createChunkTopic, defaultChunkTopic, encodeTask } from './chunk-task.js';
import type { DistributeOptions, DistributeResult } from './distribution.js';
import { followRun } from './follow-run.js';

const chunksPerPublish = 500;
const defaultPollMs = 500;
/** Default connections of the verify. */
const proofWorkers = 2;

/** A run that is sent to workers. */
interface Distribution {
  options: DistributeOptions;
  choice: StrategyChoice;
  claimed: ClaimedRun | JoinedRun;
  run: OpenRun;
  tally: RunTally;
}

/**
 * Sends the remaining chunks of a run to workers over a topic, follows them to the end and verifies the result. When
 * the run was sent to workers before, its remaining chunks are published again. That is safe.
 *
 * Guarantees the same as `generateSlots`, also when this process, a worker or the transport fails. Only the epoch in
 * the run's row gives a right to write. So when a local run or a rollback takes the run over, every worker is fenced
 * off at once.
 *
 * @throws As `generateSlots`; `TRANSPORT_UNAVAILABLE`, retriable, when some chunks are published; the error that halted
 * the workers, with the code of a local run.
 * @example
 * const { runId } = await distributeRun({ database, transport, rules: readRules(database), range, wait: true });
 */
export async function distributeRun(options: DistributeOptions): Promise<DistributeResult> {
  const { topic = defaultChunkTopic, transport } = options;
  const { choice, request } = await planRun(options);
  await createChunkTopic(transport, topic);
  const claimed = await claimOrJoinRun(request);
  const epoch = claimed.ownership?.epoch ?? claimed.run.epoch;
  const { database, leaseMs = defaultLeaseMs } = options;
  const presence = new RunPresence({ database, runId: claimed.run.runId, epoch, role: 'follower', leaseMs });
  return withClosing(async ({ onClose }) => {
    onClose(() => presence.close());
    const distribution = await openDistribution({ options, plan: request.plan, choice, claimed }, presence);
    onClose(() => distribution.run.builders.close());
    return publishAndFollow(distribution);
  });
}

/**
 * Until the hand-over this process owns the run, as in a local run. Afterwards every worker with the run's epoch may
 * write.
 */
async function openDistribution(asked: AskedFor, presence: RunPresence): Promise<Distribution> {
  const { ownership } = asked.claimed;
  try {
    const distribution = await prepare(asked, presence);
    await presence.enter();
    await ownership?.handOver();
    return distribution;
  } catch (error) {
    await ownership?.close('running').catch((second: unknown) => {
      throw joinFailures(error, second);
    });
    throw error;
  }
}

/** The request, and the run that was found or begun for it. */
interface AskedFor extends Pick<Distribution, 'options' | 'choice' | 'claimed'> {
  plan: SlotPlan;
}

async function prepare({ options, plan, choice, claimed }: AskedFor, owner: RunPresence): Promise<Distribution> {
  const { database, batchRows, retry } = options;
  const done = await readCheckpoints(database, claimed.run.runId);
  const chunks = cutAsBefore(plan, claimed.run, done);
  const { strategy } = choice;
  const run = await openRun({
    database,
    run: claimed.run,
    plan,
    chunks,
    strategy,
    owner,
    isShared: true,
    batchRows,
    connections: 1,
    retry,
  });
  try {
    await run.strategy.prepare?.(run);
    return { options, choice, claimed, run, tally: new RunTally(chunks.length, done) };
  } catch (error) {
    await run.builders.close();
    throw error;
  }
}

async function publishAndFollow(distribution: Distribution): Promise<DistributeResult> {
  const { wait = true, signal } = distribution.options;
  announce(distribution);
  const published = await publishPending(distribution);
  if (wait && !signal?.aborted) return follow(distribution, published);
  return resultOf(distribution, { published, state: wait ? 'stopped' : 'published' });
}

async function follow(distribution: Distribution, published: number): Promise<DistributeResult> {
  const { options, run, tally } = distribution;
  const { signal, onEvent, pollMs = defaultPollMs } = options;
  const { database, runId, owner } = run;
  const followed = { database, runId, epoch: owner.epoch, tally, pollMs, signal, onEvent };
  const { finished, workers } = await followRun(followed);
  if (!finished) return resultOf(distribution, { published, workers, state: 'stopped' });
  await run.strategy.finish?.(run);
  const result = resultOf(distribution, { published, workers, state: 'finished' });
  if (options.verify === false) return result;
  const { ok, seconds } = await proveResult(distribution);
  return { ...result, verified: ok, verifySeconds: seconds };
}

function announce({ options: { onEvent }, choice, claimed, run, tally }: Distribution): void {
  onEvent?.({ kind: 'strategy', ...choice, workers: 0 });
  const about = { runId: run.runId, planned: run.plan.rows, chunks: tally.chunks };
  if (claimed.resumed) onEvent?.({ kind: 'resumed', ...about, ...tally.doneBefore });
  else onEvent?.({ kind: 'started', ...about });
}

async function publishPending({ options, run, tally }: Distribution): Promise<number> {
  const { transport, topic = defaultChunkTopic, signal, onEvent } = options;
  const { runId, batchRows, owner, strategy } = run;
  const { identity } = run.run;
  const shared = { identity, runId, epoch: owner.epoch, strategy: strategy.name, batchRows };
  const messages = tally
    .pendingOf(run.chunks)
    .map(({ chunk, box: { start, end } }) => encodeTask({ ...shared, chunk, start, end }, topic));
  let published = 0;
  while (published < messages.length && !signal?.aborted) {
    const part = messages.slice(published, published + chunksPerPublish);
    await retryTransient(() => transport.publish(part), { budgets: options.retry, signal });
    published += part.length;
  }
  onEvent?.({ kind: 'published', runId, chunks: published, topic });
  return published;
}

async function proveResult({ options, run }: Distribution): ReturnType<typeof prove> {
  const workers = typeof options.workers === 'number' ? options.workers : proofWorkers;
  return prove({ plan: run.plan, settings: options }, workers);
}

function resultOf(
  { run, tally }: Distribution,
  { workers = 0, published, state }: Pick<DistributeResult, 'published' | 'state'> & { workers?: number },
): DistributeResult {
  const { inserted, existing, failed, seconds, rowsPerSecond, chunks } = tally.result();
  return {
    runId: run.runId,
    strategy: run.strategy.name,
    planned: run.plan.rows,
    published,
    state,
    workers,
    inserted,
    existing,
    failed,
    seconds,
    rowsPerSecond,
    chunks,
    verified: null,
    verifySeconds: null,
  };
}
