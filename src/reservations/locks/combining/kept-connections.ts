import type { Database } from '../../../database/index.js';

/** So much of a pool may be kept by batches that wait: those before them need connections, too, in order to end. */
const SHARE = 1 / 4;

/** Connections kept by batches that wait, of all reservations on a handle. */
const kept = new WeakMap<Database, number>();

/**
 * Whether a batch may take its connection before `turn`, and have its transaction begun by then; false when enough
 * others do.
 */
export function mayKeepConnection(database: Database, turn: Promise<void>): boolean {
  const others = kept.get(database) ?? 0;
  if (others >= database.poolSize * SHARE) return false;
  kept.set(database, others + 1);
  void turn.then(() => kept.set(database, kept.get(database)! - 1));
  return true;
}
