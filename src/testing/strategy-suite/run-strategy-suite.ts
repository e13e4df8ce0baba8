import { randomBytes, randomInt } from 'node:crypto';

import { type Database, migrate } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { LockStrategy } from '../../reservations/index.js';
import { seededRandom } from '../seeded-random.js';
import { answerChecks } from './answer-checks.js';
import type { Check } from './check.js';
import { loadChecks } from './load-checks.js';
import { type SuiteScene, withSuiteScene } from './suite-scene.js';
import { transactionChecks } from './transaction-checks.js';

/** Settings of {@link runStrategySuite}. */
export interface StrategySuiteOptions {
  /** A schema to work in. Missing tables are created. */
  database: Database;
  strategy: LockStrategy;
  /** Further options of `createReservations`, a Redis for example. */
  settings?: SuiteScene['settings'];
  /** Seed of the random check. Default: a new one, which the results tell. */
  seed?: number | undefined;
  /** Names of the checks to run. Default: all that the strategy claims. */
  only?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

/** How one check ended. */
export interface StrategyCheckResult {
  /** The requirement, as a sentence about the strategy. */
  name: string;
  passed: boolean;
  /** A text about the result, or about the broken requirement. */
  detail: string;
}

const allChecks: readonly Check[] = [...answerChecks, ...transactionChecks, ...loadChecks];

/** Names of the checks that apply to a strategy, by its claims. */
export function strategyCheckNames({ guarantees }: LockStrategy): string[] {
  const isClaimed = ({ claimed }: Check): boolean => claimed === undefined || guarantees[claimed];
  return allChecks.filter(isClaimed).map(({ name }) => name);
}

/**
 * Checks a lock strategy, of tablepick's or of your own, against the contract and its claims. Callers come one after
 * another, many at once, and as random traffic whose every answer is judged. Each check adds a restaurant with slots of
 * its own and removes it again. Nothing else should reserve in the schema meanwhile.
 *
 * @throws `ABORTED` when `signal` fires between two checks; what does not hold is a result, not an error.
 * @example
 * const strategy = createCombining({ mostPerBatch: 100 });
 * const failed = (await runStrategySuite({ database, strategy })).filter(({ passed }) => !passed);
 */
export async function runStrategySuite(options: StrategySuiteOptions): Promise<StrategyCheckResult[]> {
  const { database, strategy, settings, only, signal, seed = randomInt(2 ** 31) } = options;
  await migrate(database);
  const names = new Set(only ?? strategyCheckNames(strategy));
  const results: StrategyCheckResult[] = [];
  for (const check of allChecks.filter(({ name }) => names.has(name))) {
    if (signal?.aborted) throw new TablepickError('ABORTED', `stopped before the check: ${check.name}`);
    results.push(await runCheck(check, { database, strategy, settings, seed }));
  }
  return results;
}

async function runCheck(
  check: Check,
  { seed, ...given }: Pick<SuiteScene, 'database' | 'strategy' | 'settings'> & { seed: number },
): Promise<StrategyCheckResult> {
  const { name } = check;
  const scene = { ...given, random: seededRandom(seed), keyPrefix: randomBytes(6).toString('hex') };
  try {
    const seen = await withSuiteScene(scene, (open) => check.run(open));
    return { name, passed: true, detail: seen };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { name, passed: false, detail: `${reason} (seed ${seed})` };
  }
}
