import { Readable } from 'node:stream';

import type { Transaction } from '../../database/database.js';
import { planRows } from '../plan/index.js';
import type { PlanBox } from '../plan/index.js';
import { insertBatches } from './batch.js';
import type { InsertContext, InsertStrategy } from './insert-strategy.js';

const LOAD_SLOTS = `
  LOAD DATA LOCAL INFILE 'slots' INTO TABLE {slot} CHARACTER SET ascii
  FIELDS TERMINATED BY '\\t' LINES TERMINATED BY '\\n'
  ({slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity}) SET {slot.count} = 0, {slot.version} = 0`;

/**
 * LOAD DATA LOCAL from memory, without a file on disk. Needs `local_infile` on the server.
 *
 * LOCAL implies IGNORE: the server turns duplicates, missing parents and truncation into warnings. So when a load has
 * warnings or missing rows, it is rolled back, and a multi-row INSERT inserts the box. That INSERT counts correctly and
 * throws for refused rows.
 *
 * @source MySQL Reference Manual, "LOAD DATA Statement", on LOCAL and duplicate-key handling.
 */
export const loadData: InsertStrategy = {
  name: 'load-data',
  buildsRowsOn: 'client',
  rowsPerChunk: 48_000,
  async insertBox(tx, box, context) {
    await tx.execute('SAVEPOINT before_load');
    if (await loadCleanly(tx, box, context)) return planRows(context.plan, box);
    await tx.execute('ROLLBACK TO SAVEPOINT before_load');
    return insertBatches(tx, box, context);
  },
};

async function loadCleanly(tx: Transaction, box: PlanBox, context: InsertContext): Promise<boolean> {
  const parts = await context.builders.build({ form: 'lines', box, maxRows: Infinity, maxBytes: Infinity });
  const result = await tx.loadLocal(LOAD_SLOTS, Readable.from(parts));
  return result.affectedRows === planRows(context.plan, box) && result.warnings === 0;
}
