import type { Database } from './database.js';
import { type FitRequest, requireFit } from './require-fit.js';

/** What was asked of each handle, by the tables it was asked for. */
const asked = new WeakMap<Database, Map<string, Promise<unknown>>>();

/**
 * As {@link requireFit}, once for a handle: tables that were found to fit are not looked at again, so it may stand before every request.
 *
 * @throws `TABLE_UNFIT`, `MISSING_TABLE`, or what kept the database from telling: then the next call asks again.
 */
export async function requireFitOnce(database: Database, tables: FitRequest['tables']): Promise<void> {
  const known = asked.get(database) ?? new Map<string, Promise<unknown>>();
  asked.set(database, known);
  const key = tables.join();
  const looking = known.get(key) ?? requireFit(database, { tables });
  known.set(key, looking);
  try {
    await looking;
  } catch (error) {
    if (known.get(key) === looking) known.delete(key);
    throw error;
  }
}
