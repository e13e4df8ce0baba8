import type { Database } from '../../database/index.js';
import { generateSlots, readRules } from '../../slots/index.js';
import type { InsertStrategyName } from '../../slots/index.js';
import { readyLoadDataByHand } from './by-hand/by-hand-load-data.js';
import { readyServerSideByHand } from './by-hand/by-hand-server-side.js';
import type { InsertJob } from './insert-job.js';
import type { ReadyInsert } from './ready-insert.js';
import { readyWithoutCheckpoints } from './by-hand/without-checkpoints.js';

/** Prepares the way that a job names. */
export async function readyInsertWay(database: Database, job: InsertJob): Promise<ReadyInsert> {
  switch (job.way.kind) {
    case 'strategy':
      return readyStrategy(database, job, job.way.strategy);
    case 'without-checkpoints':
      return readyWithoutCheckpoints(database, job, job.way.strategy);
    case 'by-hand-server-side':
      return readyServerSideByHand(database, job.range);
    case 'by-hand-load-data':
      return readyLoadDataByHand(database, job.range);
  }
}

function readyStrategy(database: Database, job: InsertJob, strategy: InsertStrategyName): ReadyInsert {
  const { range, workers, batchRows } = job;
  return {
    async insert(onRows) {
      let rowsDone = 0;
      const result = await generateSlots({
        database,
        range,
        strategy,
        workers,
        batchRows,
        rules: readRules(database),
        verify: false,
        onEvent: (event) => {
          if (event.kind === 'chunk-done') onRows((rowsDone += event.rows));
        },
      });
      const { chunks, retries, deadlocks } = result;
      return { workers: result.workers, chunks, retries, deadlocks };
    },
    close: () => Promise.resolve(),
  };
}
