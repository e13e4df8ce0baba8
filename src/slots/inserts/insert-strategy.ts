import type { Database, Transaction } from '../../database/database.js';
import type { InsertStrategyName } from '../generation.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import type { RowBuilders } from './row-builders.js';

/** The context of every strategy. */
export interface InsertContext {
  database: Database;
  plan: SlotPlan;
  /** The run's rows are staged under this id. */
  runId: number;
  /** Rows of one multi-row INSERT. */
  batchRows: number;
  /** True when a lock on the restaurants proves every row's parents: there is no other foreign key and no trigger. */
  onlyParentIsRestaurant: boolean;
  /** Worker threads that turn boxes into text. */
  builders: RowBuilders;
}

/**
 * One way of inserting a part of the plan into the slot table.
 *
 * Every strategy guarantees: an existing slot is never changed. The returned number is exactly the number of inserted
 * rows. When the server refuses a row, `insertBox` throws `BAD_ROW`. A strategy is not atomic by itself: the caller has
 * the transaction and sets the savepoint.
 */
export interface InsertStrategy {
  readonly name: InsertStrategyName;
  readonly buildsRowsOn: 'client' | 'server';
  /** Rows of one chunk. Each chunk is one transaction. `restaurant`: one restaurant per chunk. */
  readonly rowsPerChunk: number | 'restaurant';
  /** Work before the first box, outside any transaction. It must be safe to repeat. */
  prepare?(context: InsertContext): Promise<void>;
  /** Inserts the missing slots of `box` and returns their number. */
  insertBox(tx: Transaction, box: PlanBox, context: InsertContext): Promise<number>;
  /** Undoes `prepare`. */
  finish?(context: InsertContext): Promise<void>;
}
