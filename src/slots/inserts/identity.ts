import { plannedSlots } from '../plan/index.js';
import { INSERT_SLOT, KEEP_EXISTING } from './insert-sql.js';
import type { InsertStrategy } from './insert-strategy.js';

const INSERT_ONE = `${INSERT_SLOT} VALUES (?, ?, ?, ?, 0, 0) ${KEEP_EXISTING}`;

/**
 * One INSERT per row, with its id read back, and one transaction per restaurant. An ORM with IDENTITY keys does the
 * same. This is the baseline.
 */
export const identity: InsertStrategy = {
  name: 'identity',
  buildsRowsOn: 'client',
  rowsPerChunk: 'restaurant',
  async insertBox(tx, box, { plan }) {
    const ids: number[] = [];
    for (const slot of plannedSlots(plan, box)) {
      const result = await tx.execute(INSERT_ONE, [slot.restaurantId, slot.date, slot.time, slot.capacity]);
      if (result.affectedRows > 0) ids.push(result.insertId);
    }
    return ids.length;
  },
};
