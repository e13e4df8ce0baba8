import type { Transaction } from '../../database/database.js';
import type { SlotKey } from '../generation.js';
import type { ChunkOfRun } from './existing-slots.js';

/** A row that the server refused. */
export interface FailedRow extends SlotKey {
  /** The server's error number. Null when there is none. */
  errno: number | null;
  message: string;
}

const INSERT_FAILURE = `
  INSERT INTO slot_run_failure (run_id, chunk, restaurant_id, date, time, errno, message) VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** Records the refused rows of a chunk, in the chunk's transaction. */
export async function recordFailures(tx: Transaction, of: ChunkOfRun, rows: readonly FailedRow[]): Promise<void> {
  for (const row of rows) {
    const key = [row.restaurantId, row.date, row.time];
    await tx.execute(INSERT_FAILURE, [of.run.runId, of.chunk, ...key, row.errno, row.message]);
  }
}
