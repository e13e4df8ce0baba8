import type { Database } from '../../database/index.js';
import { generateSlots, readRules } from '../../slots/index.js';
import type { InsertStrategyName } from '../../slots/index.js';
import { readyLoadDataByHand } from './by-hand/by-hand-load-data.js';
import { readyServerSideByHand } from './by-hand/by-hand-server-side.js';
import type { InsertJob } from './insert-job.js';
import { readyWithoutCheckpoints } from './by-hand/without-checkpoints.js';

/** A way of inserting with all preparations made that its measurement does not count. */
export interface ReadyInsert {
  /**
   * Puts the whole range in.
   *
   * @param onRows Told how many rows are in so far, now and then.
   * @returns What is worth keeping beside the numbers.
   */
  insert(onRows: (rowsDone: number) => void): Promise<Record<string, number | string>>;
  /** Removes what the preparations left outside the database. */
  close(): Promise<void>;
}

/** Prepares the way a job asks for. */
export async function readyInsert(database: Database, job: InsertJob): Promise<ReadyInsert> {
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
        ...{ database, range, strategy, workers, batchRows },
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
