import type { Database } from '../../../database/index.js';
import { inParallel } from '../../../in-parallel.js';
import { compilePlan, readRules } from '../../../slots/index.js';
import type { InsertStrategyName } from '../../../slots/index.js';
import { chooseWorkers } from '../../../slots/generate/index.js';
import { RowBuilders, insertStrategies, onlyParentIsRestaurant } from '../../../slots/inserts/index.js';
import type { InsertContext, InsertStrategy } from '../../../slots/inserts/index.js';
import { chunkPlan } from '../../../slots/plan/index.js';
import type { PlanBox } from '../../../slots/plan/index.js';
import { storePlan } from '../../../slots/runs/index.js';
import type { InsertJob } from '../insert-job.js';
import type { ReadyInsert } from '../ready-insert.js';

/** No run is recorded, so this id is free. */
const runId = 1;

/**
 * A strategy by itself, with the connections and chunks of a generation but without checkpoints, ownership and retries.
 */
export function readyWithoutCheckpoints(
  database: Database,
  job: InsertJob,
  strategyName: InsertStrategyName,
): ReadyInsert {
  const strategy = insertStrategies[strategyName];
  return {
    async insert(onRows) {
      const plan = await compilePlan(readRules(database), job.range);
      const workers = await chooseWorkers(database, job.workers);
      await database.transaction((tx) => storePlan(tx, runId, plan));
      const builders = new RowBuilders(plan, workers);
      const onlyParent = await onlyParentIsRestaurant(database);
      const context = { database, plan, runId, batchRows: job.batchRows, builders, onlyParentIsRestaurant: onlyParent };
      try {
        const chunks = await insertChunks(strategy, context, { workers, onRows });
        return { workers, chunks };
      } finally {
        await builders.close();
      }
    },
    close: () => Promise.resolve(),
  };
}

async function insertChunks(
  strategy: InsertStrategy,
  context: InsertContext,
  { workers, onRows }: { workers: number; onRows: (rowsDone: number) => void },
): Promise<number> {
  await strategy.prepare?.(context);
  const chunks = chunkPlan(context.plan, strategy.rowsPerChunk);
  let rowsDone = 0;
  await inParallel(chunks, { concurrency: workers }, async (box: PlanBox) => {
    rowsDone += await context.database.transaction((tx) => strategy.insertBox(tx, box, context), { retry: false });
    onRows(rowsDone);
  });
  await strategy.finish?.(context);
  return chunks.length;
}
