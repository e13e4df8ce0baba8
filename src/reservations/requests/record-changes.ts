import type { Transaction } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { RecordChanges, ReservationChange, Statement } from '../reservation.js';

/**
 * Runs the service's own statements for these changes, in their transaction.
 *
 * @throws As {@link listRecorded}; what the statements throw.
 */
export async function recordAlongside(
  tx: Transaction,
  listChanges: () => readonly ReservationChange[],
  recordChanges: RecordChanges | undefined,
): Promise<void> {
  await runStatements(tx, listRecorded(listChanges, recordChanges));
}

/**
 * The service's own statements for these changes.
 *
 * @throws `BAD_OPTION` when `recordChanges` returns no list; what it throws.
 */
export function listRecorded(
  listChanges: () => readonly ReservationChange[],
  recordChanges: RecordChanges | undefined,
): readonly Statement[] {
  if (recordChanges === undefined) return [];
  const changes = listChanges();
  if (changes.length === 0) return [];
  const statements: unknown = recordChanges(changes);
  if (Array.isArray(statements)) return statements as Statement[];
  throw new TablepickError('BAD_OPTION', 'recordChanges returned no list of statements', {
    hint: 'return an array of { sql, values }; it must not be asynchronous, because rows are locked meanwhile',
  });
}

/** Runs statements one after another. */
export async function runStatements(tx: Transaction, statements: readonly Statement[]): Promise<void> {
  for (const { sql, values, afterCommit } of statements) {
    await tx.execute(sql, values);
    if (afterCommit !== undefined) tx.afterCommit(afterCommit);
  }
}
