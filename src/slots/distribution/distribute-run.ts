import { joinFailures } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import { RunTally, chunksOf, defaultBatchRows, pendingChunks, planRun, prove } from '../generate/index.js';
import type { StrategyChoice } from '../generate/index.js';
import { RunPresence, defaultLeaseMs } from '../ownership/index.js';
import { RowBuilders, insertStrategies, onlyParentIsRestaurant } from '../inserts/index.js';
import type { InsertContext } from '../inserts/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { checkCut, claimOrJoinRun } from '../runs/index.js';
import type { ClaimedRun, JoinedRun } from '../runs/index.js';
import { readCheckpoints } from '../checkpoints/index.js';
import { createChunkTopic, defaultChunkTopic, encodeTask } from './chunk-task.js';
import type { DistributeOptions, DistributeResult } from './distribution.js';
import { followRun } from './follow-run.js';

const chunksPerPublish = 500;
const defaultPollMs = 500;
/** Connections of the proof where nothing else is said. */
const proofWorkers = 2;

interface Distribution {
  options: DistributeOptions;
  plan: SlotPlan;
  choice: StrategyChoice;
  claimed: ClaimedRun | JoinedRun;
  /** What workers write by. */
  epoch: number;
  boxes: readonly PlanBox[];
  tally: RunTally;
}

/**
 * Hands the chunks of a run that are not done to workers, over a topic, follows them to the end and proves the result. A run that is handed out already
 * is joined: what is missing is published again, which does no harm.
 *
 * Guarantees those of `generateSlots`, whatever dies: this process, workers, the transport. Nothing but the epoch in the run's row gives a right to
 * write, so a local run or a rollback that takes it over fences off every worker at once.
 *
 * @throws As `generateSlots`; `TRANSPORT_UNAVAILABLE`, retriable, when some chunks are published; what halted the workers, with the code a local run
 * would have ended with.
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
  try {
    const distribution = await handOver({ options, plan: request.plan, choice, claimed, epoch }, presence);
    return await publishAndFollow(distribution);
  } finally {
    await presence.close();
  }
}

/** From here on the run belongs to whoever is given a chunk with its epoch; until then it is owned, as a local one is. */
async function handOver(made: Omit<Distribution, 'boxes' | 'tally'>, presence: RunPresence): Promise<Distribution> {
  const { claimed, plan, options } = made;
  const { ownership, run } = claimed;
  try {
    const boxes = chunksOf(plan, run);
    const done = await readCheckpoints(options.database, run.runId);
    checkCut(run.runId, boxes, done);
    const distribution = { ...made, boxes, tally: new RunTally(boxes.length, done) };
    await withContext(distribution, (context) => insertStrategies[made.choice.strategy].prepare?.(context));
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

async function withContext(
  { plan, claimed, options }: Distribution,
  work: (context: InsertContext) => Promise<void> | undefined,
): Promise<void> {
  const { database, batchRows = defaultBatchRows } = options;
  const builders = new RowBuilders(plan, 1);
  try {
    const parents = await onlyParentIsRestaurant(database);
    const { runId } = claimed.run;
    await work({ database, plan, runId, batchRows, builders, onlyParentIsRestaurant: parents });
  } finally {
    await builders.close();
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
  const { options, claimed, tally, epoch, choice } = distribution;
  const { database, signal, onEvent, pollMs = defaultPollMs } = options;
  const { runId } = claimed.run;
  const { finished, workers } = await followRun({ database, runId, epoch, tally, pollMs, signal, onEvent });
  if (!finished) return resultOf(distribution, { published, workers, state: 'stopped' });
  await withContext(distribution, (context) => insertStrategies[choice.strategy].finish?.(context));
  const result = resultOf(distribution, { published, workers, state: 'finished' });
  if (options.verify === false) return result;
  const { ok, seconds } = await proveResult(distribution);
  return { ...result, verified: ok, verifySeconds: seconds };
}

function announce({ options: { onEvent }, choice, claimed, plan, tally }: Distribution): void {
  onEvent?.({ kind: 'strategy', ...choice, workers: 0 });
  const about = { runId: claimed.run.runId, planned: plan.rows, chunks: tally.chunks };
  if (claimed.resumed) onEvent?.({ kind: 'resumed', ...about, ...tally.doneBefore });
  else onEvent?.({ kind: 'started', ...about });
}

async function publishPending(distribution: Distribution): Promise<number> {
  const { options, claimed, boxes, tally, epoch, choice } = distribution;
  const { transport, topic = defaultChunkTopic, batchRows = defaultBatchRows, signal, onEvent } = options;
  const { runId, identity } = claimed.run;
  const shared = { identity, runId, epoch, strategy: choice.strategy, batchRows };
  const pending = pendingChunks(boxes, tally);
  const messages = pending.map(({ chunk, box: { start, end } }) => encodeTask({ ...shared, chunk, start, end }, topic));
  let published = 0;
  while (published < messages.length && !signal?.aborted) {
    const part = messages.slice(published, published + chunksPerPublish);
    await retryTransient(() => transport.publish(part), { budgets: options.retry, signal });
    published += part.length;
  }
  onEvent?.({ kind: 'published', runId, chunks: published, topic });
  return published;
}

async function proveResult({ options, plan }: Distribution): ReturnType<typeof prove> {
  const workers = typeof options.workers === 'number' ? options.workers : proofWorkers;
  return prove({ plan, settings: options }, workers);
}

function resultOf(
  { claimed, choice, plan, tally }: Distribution,
  { workers = 0, ...ending }: Pick<DistributeResult, 'published' | 'state'> & { workers?: number },
): DistributeResult {
  const { inserted, existing, failed, seconds, rowsPerSecond, chunks } = tally.result();
  return {
    ...{ runId: claimed.run.runId, strategy: choice.strategy, planned: plan.rows, ...ending, workers },
    ...{ inserted, existing, failed, seconds, rowsPerSecond, chunks, verified: null, verifySeconds: null },
  };
}
