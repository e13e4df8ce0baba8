import { type Database, migrate } from '../../database/index.js';
import { poolSizeFor } from '../../slots/generate/index.js';
import { generateSlots, readRules } from '../../slots/index.js';
import type { SlotRange } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { describeRestaurants } from '../options/option-values.js';
import { checkDistribution } from './distribution-options.js';
import type { GenerateOptions } from './generate-slots-command.js';
import { readRangeOf } from '../slots/read-plan.js';
import { runGeneration } from './run-generation.js';
import { demoCountOf, seedDemoOnce } from './seed-demo-once.js';
import { withDatabase } from '../connections/with-database.js';
import { distributeSlots } from './distribute-slots.js';
import { previewGeneration } from './preview-generation.js';
import { workOnSlots } from './work-on-slots.js';

/** `tablepick generate-slots` */
export async function runGenerateSlots(context: CommandContext, options: GenerateOptions): Promise<number> {
  checkDistribution(options);
  if (options.worker) return work(context, options);
  const range = readRangeOf(context, options);
  const connection = { ...options, poolSize: poolSizeFor(options.workers), mustWrite: !options.dryRun };
  return withDatabase(context, connection, async (open) => {
    const { database, isSandbox } = open;
    if (isSandbox) await migrate(database);
    if (options.dryRun) return previewGeneration(context, open, { ...options, range });
    if (options.demo !== undefined) await seedDemoOnce(context.output, open, demoCountOf(options.demo));
    const planned = { ...options, range };
    return options.distribute ? distributeSlots(context, database, planned) : generate(context, database, planned);
  });
}

/** The transport may use the same database. It needs connections of its own. */
const CONNECTIONS_OF_TRANSPORT = 4;

function work(context: CommandContext, options: GenerateOptions): Promise<number> {
  const poolSize = poolSizeFor(options.workers) + CONNECTIONS_OF_TRANSPORT;
  return withDatabase(context, { ...options, poolSize, mustWrite: true }, async ({ database, isSandbox }) => {
    if (isSandbox) await migrate(database);
    return workOnSlots(context, database, options);
  });
}

function generate(
  context: CommandContext,
  database: Database,
  options: GenerateOptions & { range: SlotRange },
): Promise<number> {
  const { range, overnight, strategy, batchRows, workers, verify, restart, restaurants } = options;
  return runGeneration(context, (hooks) =>
    generateSlots({
      database,
      range,
      overnight,
      strategy,
      batchRows,
      workers,
      verify,
      restart,
      rules: readRules(database, { restaurantIds: restaurants }),
      selection: describeRestaurants(restaurants),
      ...hooks,
    }),
  );
}
