import { LatencyHistogram } from '../../bench/load/latency-histogram.js';
import type { LoadMeasurement, Verdict } from '../../bench/load/load-result.js';
import { mergeLoads } from '../../bench/load/load-tally.js';
import type { ProcessUse } from '../../bench/run-facts.js';
import { splitEvenly } from '../../bench/load/split-evenly.js';
import type { Database } from '../../database/index.js';
import type { Experiment } from '../record/experiment.js';
import { judgeLoad } from './judge-load.js';
import type { LoadJob, LoadOutcome, LoadShape, LoadWay } from './load-job.js';
import { runLoad } from './run-load.js';
import { emptySlots } from '../server/scene-slots.js';
import { type ServerState, readServerState, serverUseBetween } from '../server/server-state.js';
import { settleServer } from '../server/settle-server.js';

const COUNT_MESSAGES = `SELECT COUNT(*) AS reservations, COUNT(*) - COUNT(told.id) AS missing,
    (SELECT COUNT(*) FROM outbox) AS messages
  FROM {reservation} r LEFT JOIN (SELECT DISTINCT CAST(aggregateid AS UNSIGNED) AS id FROM outbox) told
    ON told.id = r.{reservation.id}`;

/** One way of reserving under one load. */
export interface LoadScene {
  way: LoadWay;
  shape: LoadShape;
  /** Seats of each slot. */
  capacity: number;
  /** Connections of each process. */
  pool: number;
  /** Processes that share the clients, 1 or more. */
  processes: number;
  isolation: LoadJob['isolation'];
  seed: number;
  warmupRequests: number;
  /** True when the way promises that its transactions never meet a deadlock. */
  claimsNoDeadlock: boolean;
}

/** A scene without its way of reserving and its processes. */
export type SceneSettings = Omit<LoadScene, 'way' | 'claimsNoDeadlock' | 'processes'>;

/** Runs a scene once on slots without reservations, and judges the tables afterwards. The slots exist already. */
export async function measureLoad(experiment: Experiment, scene: LoadScene, round: number): Promise<LoadMeasurement> {
  const { database, signal } = experiment;
  let before: ServerState | undefined;
  const outcomes = await runLoad(jobsOf(experiment, scene, round), {
    signal,
    onReady: async () => {
      await emptySlots(database, scene.capacity);
      await settleServer(database, signal);
      before = await readServerState(experiment);
    },
  });
  const after = await readServerState(experiment);
  const calls = outcomes.map((outcome) => outcome.calls);
  const measured = { ...mergeOutcomes(outcomes), ...serverUseBetween(before ?? after, after) };
  const deadlocks = scene.claimsNoDeadlock ? measured.transactions.deadlocked : 0;
  const verdict = await judgeLoad(database, { calls, deadlocks }, signal);
  return { ...measured, verdict: recordsSaga(scene.way) ? await judgeMessages(database, verdict) : verdict };
}

function recordsSaga(way: LoadWay): boolean {
  return way.kind === 'strategy' && way.recordsSaga;
}

/** Every reservation has its message, and there is no other one. */
async function judgeMessages(database: Database, verdict: Verdict): Promise<Verdict> {
  const [row] = await database.query<{ missing: number; messages: number; reservations: number }>(COUNT_MESSAGES);
  const { missing, messages, reservations } = row!;
  if (missing === 0 && messages === reservations) return verdict;
  const wrong = `${reservations} reservations have ${messages} messages, ${missing} have none`;
  return { right: false, text: verdict.right ? wrong : `${verdict.text}, ${wrong}` };
}

function jobsOf({ connection }: Experiment, scene: LoadScene, round: number): LoadJob[] {
  const { way, shape, pool, processes, isolation, warmupRequests } = scene;
  const clients = splitEvenly(shape.clients, processes);
  const extents = 'requests' in shape.extent ? splitEvenly(shape.extent.requests, processes) : undefined;
  return clients.map((share, process) => ({
    way,
    isolation,
    process,
    warmupRequests,
    connection: { ...connection, poolSize: pool },
    // All variants of a round get the same arrivals and slots. Other rounds and processes get others.
    seed: scene.seed + 10_007 * round + 101 * process,
    shape: {
      ...shape,
      clients: share,
      extent: extents === undefined ? shape.extent : { requests: extents[process] ?? 0 },
      ratePerSecond: shape.ratePerSecond === null ? null : shape.ratePerSecond / processes,
    },
  }));
}

function mergeOutcomes(
  outcomes: readonly LoadOutcome[],
): Omit<LoadMeasurement, 'server' | 'serverCpuSeconds' | 'verdict'> {
  const { serviceTime, sinceIntended, ...load } = mergeLoads(outcomes.map((outcome) => outcome.load));
  const transactions = outcomes.map((outcome) => outcome.transactions);
  return {
    ...load,
    times: {
      serviceTime,
      sinceIntended,
      lockHeld: LatencyHistogram.merge(transactions.map((each) => each.lockHeld)).toRecord(),
      poolWait: LatencyHistogram.merge(transactions.map((each) => each.poolWait)).toRecord(),
    },
    transactions: {
      begun: sum(transactions.map((each) => each.begun)),
      rolledBack: sum(transactions.map((each) => each.rolledBack)),
      deadlocked: sum(transactions.map((each) => each.deadlocked)),
    },
    client: mergeUses(outcomes.map((outcome) => outcome.client)),
  };
}

function mergeUses(uses: readonly ProcessUse[]): ProcessUse {
  const peaks = uses.map((use) => use.peakRssBytes);
  return {
    userCpuSeconds: sum(uses.map((use) => use.userCpuSeconds)),
    systemCpuSeconds: sum(uses.map((use) => use.systemCpuSeconds)),
    peakRssBytes: peaks.some((peak) => peak === null) ? null : sum(peaks.map(Number)),
    rssSamples: [],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
