import type { Database, SqlValue, Transaction } from '../../database/index.js';
import { readSnapshot } from './read-snapshot.js';

/** Keys above `after`, up to and including `upTo`. */
export interface KeyRange {
  after: SqlValue;
  upTo: SqlValue;
}

/** The smallest and the largest BIGINT of a table, unsigned ones included. */
const BELOW_ALL = -(2n ** 63n);
const ABOVE_ALL = 2n ** 64n - 1n;

/** Settings of {@link walkKeys}. */
export interface WalkOptions<Part> {
  /**
   * A statement that reads as `upTo` the last key of a range that begins after its first `?`. When the range is the
   * last, it returns no row.
   */
  nextKey: string;
  /** Reads one range. It may be called again for the same range. */
  look: (tx: Transaction, range: KeyRange) => Promise<Part>;
  /** Takes the result of a range, once. */
  take: (part: Part) => void;
  signal: AbortSignal | undefined;
}

interface Seen<Part> {
  part: Part;
  /** Where the next range begins. Undefined when it was the last. */
  next: SqlValue | undefined;
}

/**
 * Walks over all keys, in ranges without gaps that cover the whole type of the key. Each range is read in one
 * consistent snapshot, so its rows belong to one moment, even beside live traffic. Nothing is locked.
 */
export async function walkKeys<Part>(database: Database, options: WalkOptions<Part>): Promise<void> {
  const { nextKey, look, take, signal } = options;
  const lookAfter = async (tx: Transaction, after: SqlValue): Promise<Seen<Part>> => {
    const [end] = await tx.query<{ upTo: SqlValue }>(nextKey, [after]);
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
