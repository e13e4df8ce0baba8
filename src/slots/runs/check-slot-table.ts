import type { Database } from '../../database/database.js';
import { TablepickError } from '../../errors.js';

const UNIQUE_KEYS = `
  SELECT GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columnList FROM information_schema.statistics
  WHERE table_schema = DATABASE() AND table_name = ? AND non_unique = 0 GROUP BY index_name`;
// Told only to who holds the TRIGGER privilege; an insert that then counts wrong is refused all the same.
const UPDATE_TRIGGERS = `
  SELECT trigger_name AS name FROM information_schema.triggers
  WHERE event_object_schema = DATABASE() AND event_object_table = ? AND event_manipulation = 'UPDATE' AND action_timing = 'BEFORE'`;

/**
 * Refuses a slot table on which a generation could not keep its word: the unique key decides whether a slot exists, and a trigger
 * before an update would change the slots that do.
 *
 * @throws `TABLE_UNFIT`
 */
export async function checkSlotTable(database: Database): Promise<void> {
  const { table, columns } = database.names.slot;
  const wanted = [columns.restaurantId, columns.date, columns.time].sort().join();
  const keys = await database.query<{ columnList: string | null }>(UNIQUE_KEYS, [table]);
  if (!keys.some(({ columnList }) => columnList?.split(',').sort().join() === wanted)) {
    const message = `table ${table} has no unique key on restaurant, date and time`;
    throw unfit(
      message,
      `ALTER TABLE ${table} ADD UNIQUE KEY (${columns.restaurantId}, ${columns.date}, ${columns.time})`,
    );
  }
  const [trigger] = await database.query<{ name: string }>(UPDATE_TRIGGERS, [table]);
  if (trigger === undefined) return;
  throw unfit(
    `trigger ${trigger.name} on ${table} would change the slots that exist`,
    'drop it while slots are generated',
  );
}

/** The error of a slot table that does not fit. */
export function unfit(message: string, hint: string): TablepickError {
  return new TablepickError('TABLE_UNFIT', message, { hint });
}
