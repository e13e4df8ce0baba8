import type { Database, SqlValue, Transaction } from '../../database/index.js';
import { readSnapshot } from './read-snapshot.js';

/** Keys from `after`, which is not in it, to `upTo`, which is. */
export interface KeyRange {
  after: SqlValue;
  upTo: SqlValue;
}

/** Below every BIGINT that a table would hold, and above it, unsigned ones included. */
const BELOW_ALL = -(2n ** 63n);
const ABOVE_ALL = 2n ** 64n - 1n;

/** Settings of {@link walkKeys}. */
export interface WalkOptions<Part> {
  /**
   * The statement that reads, as `upTo`, the key that ends a range beginning after its first `?`; no row when it is the
   * last.
   */
  nextKey: string;
  /** Reads one range; may be called again for the same one. */
  look: (tx: Transaction, range: KeyRange) => Promise<Part>;
  /** Takes what was read of a range, once. */
  take: (part: Part) => void;
  signal: AbortSignal | undefined;
}

interface Seen<Part> {
  part: Part;
  /** Where the next range begins; undefined: it was the last. */
  next: SqlValue | undefined;
}

/**
 * Walks over all keys in ranges that have no gaps between them and no end but those of the key's type. Each range is
 * looked at in one consistent snapshot, so what is read of it belongs to one moment, also beside live traffic; nothing
 * is locked.
 */
export async function walkKeys<Part>(database: Database, options: WalkOptions<Part>): Promise<void> {
  const { look, take, signal } = options;
  const sql = database.sql(options.nextKey);
  const lookAfter = async (tx: Transaction, after: SqlValue): Promise<Seen<Part>> => {
    const [end] = await tx.query<{ upTo: SqlValue }>(sql, [after]);
    return { part: await look(tx, { after, upTo: end?.upTo ?? ABOVE_ALL }), next: end?.upTo };
  };
  let after: SqlValue | undefined = BELOW_ALL;
  while (after !== undefined) {
    const from: SqlValue = after;
    const seen: Seen<Part> = await readSnapshot(database, (tx) => lookAfter(tx, from), signal);
    take(seen.part);
    after = seen.next;
  }
}
