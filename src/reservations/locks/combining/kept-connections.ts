import type { Database } from '../../../database/index.js';

/** The share of a pool that waiting batches may keep. Batches before them need connections, too, in order to end. */
const SHARE = 1 / 4;

/** Connections kept by waiting batches, by database handle. */
const kept = new WeakMap<Database, number>();

/**
 * Whether a batch may take its connection before `turn` and begin its transaction by then. False when enough others do.
 */
export function mayKeepConnection(database: Database, turn: Promise<void>): boolean {
  const others = kept.get(database) ?? 0;
  if (others >= database.poolSize * SHARE) return false;
  kept.set(database, others + 1);
  void turn.then(() => kept.set(database, kept.get(database)! - 1));
  return true;
}
