import type { Database } from '../database.js';
import { onceDone } from '../once-done.js';
import { type FitRequest, requireFit } from './require-fit.js';

/** The check of each handle, by the names of its tables. */
const looks = new WeakMap<Database, Map<string, () => Promise<void>>>();

/**
 * Like {@link requireFit}, once for a handle. After tables were found to fit, they are not checked again, so every
 * request may call this.
 *
 * @throws `TABLE_UNFIT`, `MISSING_TABLE`, or any error of the database. After an error, the next call checks again.
 */
export async function requireFitOnce(database: Database, tables: FitRequest['tables']): Promise<void> {
  const known = looks.get(database) ?? new Map<string, () => Promise<void>>();
  looks.set(database, known);
  const key = tables.join();
  const look = known.get(key) ?? onceDone(() => requireFit(database, { tables }));
  known.set(key, look);
  await look();
}
