import type { LoadBody } from '../../bench/load/load-result.js';
import { TablepickError } from '../../errors.js';
import { lockStrategyNames } from '../../reservations/index.js';
import type { LockStrategyName } from '../../reservations/index.js';
import type { BenchOutcome } from '../record/bench-outcome.js';
import { checkScene, checkScenes, sceneText } from './check-scene.js';
import type { SceneOptions } from './check-scene.js';
import { withExperiment } from '../record/experiment.js';
import type { Experiment, ExperimentOptions } from '../record/experiment.js';
import { findStrategy } from './find-strategy.js';
import { lockFigures } from './lock-figures.js';
import { lockNotes } from './lock-notes.js';
import { byHandWay, listLockVariants, strategyWay, withSaga } from './lock-variants.js';
import type { LockVariant, LockWay, Sweep } from './lock-variants.js';
import { type SceneSettings, measureLoad } from './measure-load.js';
import { beginLoads } from '../record/record-loads.js';
import type { ExperimentDescription } from '../record/result-record.js';
import { createSlots } from '../server/scene-slots.js';

/** Which strategies to compare under which load. */
export interface BenchLocksOptions extends ExperimentOptions, SceneOptions {
  /**
   * Names, `by-hand` among them, and paths of `.mjs` or `.js` files that export a strategy. Default: all strategies and
   * `by-hand`.
   */
  strategies?: readonly string[] | undefined;
  /**
   * A Redis for the strategies that need one; its locks on the first slots are used. Default: none, and these
   * strategies are left out.
   */
  redisUrl?: string | undefined;
  /** Numbers of processes that share the clients. Every strategy is measured with each number. Default 1. */
  processes?: readonly number[] | undefined;
  /** Measures each strategy also with `recordSaga()`, beside itself without. Default false. */
  saga?: boolean | undefined;
  /** One parameter at several values, in one report. */
  sweep?: Sweep | undefined;
}

const needsRedis: LockStrategyName = 'redis-lock';

/** The times of a load, with their labels. */
const loadTimes: LoadBody['times'] = [
  { name: 'sinceIntended', label: 'time since intended start' },
  { name: 'serviceTime', label: 'service time' },
];

/**
 * Compares strategies under load. Each run has a process of its own (or several), slots without reservations, open
 * connections and warm code. Runs are interleaved round by round. Each run is judged: the tables and all answers are
 * compared. A wrong verdict does not end the experiment. After every round, files are written below a new folder in
 * `reports`.
 *
 * @throws `BAD_OPTION`, `NOT_A_SCRATCH_SCHEMA` or `RUN_ACTIVE` before the first run; `ABORTED` when stopped.
 * @example
 * const connection = { url: 'mysql://root@127.0.0.1/bench' };
 * const { folder } = await benchLocks({ connection, strategies: ['atomic', 'combining'] });
 */
export async function benchLocks(options: BenchLocksOptions): Promise<BenchOutcome<LoadBody>> {
  const comparison = await planComparison(options);
  const { scene, variants } = comparison;
  const scenes = variants.map((variant) => variant.scene);
  checkScenes(scenes, Number.POSITIVE_INFINITY);
  return withExperiment(options, async (experiment) => {
    checkScenes(scenes, experiment.database.server.maxConnections);
    await createSlots(experiment.database, scene.shape.slots, scene.capacity);
    const measureAll = await beginLoads(experiment, describeComparison(experiment, comparison), {
      variants,
      good: 'reserved',
      times: loadTimes,
      sweep: options.sweep?.parameter ?? null,
      chart: 'good-per-second',
      figures: (measured) => lockFigures(measured, variants),
    });
    return measureAll((variant, round) => measureLoad(experiment, variant.scene, round));
  });
}

/** The variants to compare, and the load that they share. */
interface LockComparison {
  options: BenchLocksOptions;
  strategies: readonly string[];
  scene: SceneSettings;
  variants: readonly LockVariant[];
}

async function planComparison(options: BenchLocksOptions): Promise<LockComparison> {
  const { processes = [1], sweep = null } = options;
  const scene = checkScene(options);
  const strategies = strategiesOf(options);
  const bare = await Promise.all(strategies.map((named) => findWay(named, options.redisUrl)));
  const ways = options.saga === true ? bare.flatMap((way) => [way, withSaga(way) ?? []].flat()) : bare;
  return { options, strategies, scene, variants: listLockVariants({ ways, scene, processes, sweep }) };
}

function strategiesOf({ strategies, redisUrl }: BenchLocksOptions): readonly string[] {
  if (strategies === undefined) {
    const possible = lockStrategyNames.filter((name) => name !== needsRedis || redisUrl !== undefined);
    return [...possible, byHandWay.name];
  }
  if (!strategies.includes(needsRedis) || redisUrl !== undefined) return strategies;
  throw new TablepickError('BAD_OPTION', `the strategy ${needsRedis} needs a Redis, and none is named`, {
    hint: 'give redisUrl; the command takes --redis-url, or has the sandbox start one',
  });
}

async function findWay(named: string, redisUrl: string | undefined): Promise<LockWay> {
  if (named === byHandWay.name) return byHandWay;
  const found = await findStrategy(named);
  // A strategy that works without Redis is measured without it.
  const isAlone = found.module === null && named !== needsRedis;
  return strategyWay(found, isAlone ? undefined : redisUrl);
}

function describeComparison({ repeat }: Experiment, comparison: LockComparison): ExperimentDescription {
  const { options, strategies, variants } = comparison;
  const { processes = [1], sweep } = options;
  const several = processes.join(',') === '1' ? '' : ` --processes ${processes.join(',')}`;
  const beside = options.saga === true ? ' --saga' : '';
  const swept = sweep === undefined ? '' : ` --sweep ${sweepText(sweep)}`;
  return {
    question: options.question ?? 'lock-strategies',
    title: 'Lock strategies under load',
    command: `tablepick bench locks --strategies ${strategies.join(',')}${sceneText(options)}${several}${beside}${swept} --repeat ${repeat}`,
    parameters: parametersOf(comparison, repeat),
    notes: lockNotes(variants),
  };
}

function parametersOf(
  { options, strategies, scene }: LockComparison,
  repeat: number,
): ExperimentDescription['parameters'] {
  const { processes = [1], sweep } = options;
  const { shape, capacity, pool, isolation, seed } = scene;
  return {
    strategies: strategies.join(','),
    clients: shape.clients,
    capacity,
    pool,
    slots: shape.slots,
    hotShare: shape.hotShare,
    ...shape.extent,
    ratePerSecond: shape.ratePerSecond,
    isolation,
    seed,
    repeat,
    processes: processes.join(','),
    saga: options.saga === true,
    sweep: sweep === undefined ? null : sweepText(sweep),
  };
}

function sweepText({ parameter, values }: Sweep): string {
  return `${parameter}=${values.join(',')}`;
}
