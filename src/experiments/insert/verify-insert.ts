import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import { compilePlan, readRules, verifySlots } from '../../slots/index.js';
import type { SlotRange } from '../../slots/index.js';

/**
 * Proves that the database has exactly the slots of every restaurant. Returns how long the proof took.
 *
 * @throws `SLOTS_DIFFER` when it has not: the numbers of a wrong load have no meaning.
 */
export async function verifyLoad(database: Database, range: SlotRange): Promise<{ rows: number; seconds: number }> {
  const plan = await compilePlan(readRules(database), range);
  const report = await verifySlots(database, plan);
  if (report.ok) return { rows: report.present, seconds: report.seconds };
  const { planned, present, missing, unexpected } = report;
  throw new TablepickError(
    'SLOTS_DIFFER',
    `measured load is wrong: ${planned} planned, ${present} present, ${missing} missing, ${unexpected} unexpected`,
    { hint: 'the table still holds the load: tablepick slots verify lists the keys' },
  );
}
