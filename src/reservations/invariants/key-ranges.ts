import type { Database, SqlValue, Transaction } from '../../database/index.js';

/** Keys from `after`, which is not in it, to `upTo`, which is. */
export interface KeyRange {
  after: SqlValue;
  upTo: SqlValue;
}

/** Below every BIGINT that a table would hold, and above it, unsigned ones included. */
const BELOW_ALL = -(2n ** 63n);
const ABOVE_ALL = 2n ** 64n - 1n;

/** Settings of {@link walkKeys}. */
export interface WalkOptions {
  /** The statement that reads, as `upTo`, the key that ends a range beginning after its first `?`; no row when it is the last. */
  nextKey: string;
  signal: AbortSignal | undefined;
}

/**
 * Walks over all keys in ranges that have no gaps between them and no end but those of the key's type. Each range is looked at in one consistent
 * snapshot, so what is read of it belongs to one moment, also beside live traffic; nothing is locked.
 */
export async function walkKeys(
  database: Database,
  look: (tx: Transaction, range: KeyRange) => Promise<void>,
  { nextKey, signal }: WalkOptions,
): Promise<void> {
  const sql = database.sql(nextKey);
  const lookAfter = async (tx: Transaction, after: SqlValue): Promise<SqlValue | undefined> => {
    const [next] = await tx.query<{ upTo: SqlValue }>(sql, [after]);
    await look(tx, { after, upTo: next?.upTo ?? ABOVE_ALL });
    return next?.upTo;
  };
  let after: SqlValue | undefined = BELOW_ALL;
  while (after !== undefined) {
    const from: SqlValue = after;
    // REPEATABLE READ: the first read takes the snapshot that all others of the transaction see.
    after = await database.transaction((tx) => lookAfter(tx, from), { isolation: 'REPEATABLE READ', signal });
  }
}
