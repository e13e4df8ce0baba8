import { type Database, migrate } from '../../database/index.js';
import { poolSizeFor } from '../../slots/choose-workers.js';
import { generateSlots, readRules } from '../../slots/index.js';
import type { InsertStrategyName, SlotRange } from '../../slots/index.js';
import type { CommandContext } from '../command.js';
import { describeRestaurants } from '../option-values.js';
import type { ConnectionOptions, InsertOptions, PlanOptions } from '../options.js';
import { readRangeOf } from '../read-plan.js';
import { runGeneration } from '../run-generation.js';
import { demoCountOf, seedDemoOnce } from '../seed-demo-once.js';
import { withDatabase } from '../with-database.js';
import { previewGeneration } from './preview-generation.js';

/** Options of `generate-slots`. */
export interface GenerateOptions extends PlanOptions, InsertOptions, ConnectionOptions {
  /** True when no number is given. */
  demo?: number | true;
  strategy: InsertStrategyName | 'auto';
  dryRun?: true;
  restart?: true;
}

/** `tablepick generate-slots` */
export async function generateSlotsCommand(context: CommandContext, options: GenerateOptions): Promise<number> {
  const range = readRangeOf(context, options);
  const connection = { ...options, poolSize: poolSizeFor(options.workers) };
  return withDatabase(context, connection, async (open) => {
    const { database, isSandbox } = open;
    if (isSandbox) await migrate(database);
    if (options.dryRun) return previewGeneration(context, open, { ...options, range });
    if (options.demo !== undefined) await seedDemoOnce(context.output, open, demoCountOf(options.demo));
    return generate(context, database, { ...options, range });
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
      ...{ database, range, overnight, strategy, batchRows, workers, verify, restart },
      rules: readRules(database, { restaurantIds: restaurants }),
      selection: describeRestaurants(restaurants),
      ...hooks,
    }),
  );
}
