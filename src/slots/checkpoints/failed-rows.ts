import type { Transaction } from '../../database/database.js';
import type { FailedRow } from '../generate/insert-with-halving.js';
import type { ChunkOfRun } from './existing-slots.js';

const INSERT_FAILURE = `
  INSERT INTO slot_run_failure (run_id, chunk, restaurant_id, date, time, errno, message) VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** Records the refused rows of a chunk in its own transaction. */
export async function recordFailures(tx: Transaction, of: ChunkOfRun, rows: readonly FailedRow[]): Promise<void> {
  for (const row of rows) {
    const key = [row.restaurantId, row.date, row.time];
    await tx.execute(INSERT_FAILURE, [of.runId, of.chunk, ...key, row.errno, row.message]);
  }
}
