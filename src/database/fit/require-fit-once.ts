import type { Database } from '../database.js';
import { onceDone } from '../once-done.js';
import { type FitRequest, requireFit } from './require-fit.js';

/** The look at the tables of each handle, by the tables that are asked for. */
const looks = new WeakMap<Database, Map<string, () => Promise<void>>>();

/**
 * As {@link requireFit}, once for a handle: tables that were found to fit are not looked at again, so it may stand
 * before every request.
 *
 * @throws `TABLE_UNFIT`, `MISSING_TABLE`, or what kept the database from telling: then the next call asks again.
 */
export async function requireFitOnce(database: Database, tables: FitRequest['tables']): Promise<void> {
  const known = looks.get(database) ?? new Map<string, () => Promise<void>>();
  looks.set(database, known);
  const key = tables.join();
  const look = known.get(key) ?? onceDone(() => requireFit(database, { tables }));
  known.set(key, look);
  await look();
}
