import { requireFit } from '../../database/fit/require-fit.js';
import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';

// Told only to who holds the TRIGGER privilege; an insert that then counts wrong is refused all the same.
const UPDATE_TRIGGERS = `
  SELECT trigger_name AS name FROM information_schema.triggers
  WHERE event_object_schema = DATABASE() AND event_object_table = ? AND event_manipulation = 'UPDATE' AND action_timing = 'BEFORE'`;

/**
 * Refuses a slot table on which a generation could not keep its word: the unique key decides whether a slot exists,
 * keys are compared by their types, and a trigger before an update would change the slots that do.
 *
 * @throws `TABLE_UNFIT`, `MISSING_TABLE`
 */
export async function checkSlotTable(database: Database): Promise<void> {
  const { table } = database.names.slot;
  await requireFit(database, { tables: ['slot'] });
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
