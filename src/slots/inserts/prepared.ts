import { plannedSlots } from '../plan/index.js';
import { INSERT_SLOT, KEEP_EXISTING } from './insert-sql.js';
import type { InsertStrategy } from './insert-strategy.js';

const INSERT_ONE = `${INSERT_SLOT} VALUES (?, ?, ?, ?, 0, 0) ${KEEP_EXISTING}`;

/** One statement prepared on the server and executed once per row. JdbcTemplate without batching does the same. */
export const prepared: InsertStrategy = {
  name: 'prepared',
  buildsRowsOn: 'client',
  rowsPerChunk: 4_800,
  async insertBox(tx, box, { plan }) {
    const statement = await tx.prepare(INSERT_ONE);
    try {
      let inserted = 0;
      for (const slot of plannedSlots(plan, box)) {
        const result = await statement.execute([slot.restaurantId, slot.date, slot.time, slot.capacity]);
        inserted += result.affectedRows;
      }
      return inserted;
    } finally {
      await statement.close();
    }
  },
};
