import type { Database, Transaction } from '../../database/database.js';
import type { InsertStrategyName } from '../generation.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import type { RowBuilders } from './row-builders.js';

/** What every strategy is given beside its box. */
export interface InsertContext {
  database: Database;
  plan: SlotPlan;
  /** Rows of the run are staged under this id. */
  runId: number;
  /** Rows of one multi-row INSERT. */
  batchRows: number;
  /** Locking the restaurants proves every row's parents: no other foreign key, no trigger. */
  onlyParentIsRestaurant: boolean;
  /** Worker threads that turn boxes into text. */
  builders: RowBuilders;
}

/**
 * One way of putting a part of the plan into the slot table.
 *
 * Every strategy guarantees: a slot that exists is never changed; the number it returns is exactly the rows it
 * inserted; a row the server refuses makes `insertBox` throw `BAD_ROW` and never passes in silence. It guarantees no
 * atomicity of its own: the caller holds the transaction and sets the savepoint.
 */
export interface InsertStrategy {
  readonly name: InsertStrategyName;
  readonly buildsRowsOn: 'client' | 'server';
  /** Rows of one chunk, hence of one transaction; `restaurant`: one restaurant a chunk. */
  readonly rowsPerChunk: number | 'restaurant';
  /** Work to be done once before the first box, outside any transaction; must be safe to repeat. */
  prepare?(context: InsertContext): Promise<void>;
  /** Inserts the slots of `box` that are missing and returns how many that were. */
  insertBox(tx: Transaction, box: PlanBox, context: InsertContext): Promise<number>;
  /** Undoes `prepare`. */
  finish?(context: InsertContext): Promise<void>;
}
