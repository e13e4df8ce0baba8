import { requireFit } from '../../database/fit/require-fit.js';
import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';

// Only a user with the TRIGGER privilege sees triggers. For other users, a later check refuses an insert with wrong
// counts.
const UPDATE_TRIGGERS = `
  SELECT trigger_name AS name FROM information_schema.triggers
  WHERE event_object_schema = DATABASE() AND event_object_table = ? AND event_manipulation = 'UPDATE' AND action_timing = 'BEFORE'`;

/**
 * Refuses a slot table that breaks the guarantees of a generation. The unique key decides whether a slot exists. Keys
 * are compared by their types. A trigger before UPDATE would change existing slots.
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

/** The error for an unfit slot table. */
export function unfit(message: string, hint: string): TablepickError {
  return new TablepickError('TABLE_UNFIT', message, { hint });
}
