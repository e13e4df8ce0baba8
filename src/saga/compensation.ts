import type { Transaction } from '../database/index.js';
import { historyStatement } from './history.js';

/*
 *   REFUND_REQUESTED ──────────────► REFUNDED
 *      ▲        │ the provider refuses
 *      │ retry  ▼
 *   COMPENSATION_FAILED ──────────► RESOLVED
 *                        an operator has settled it
 */

/** The states of a compensation. */
export type CompensationState = 'REFUND_REQUESTED' | 'REFUNDED' | 'COMPENSATION_FAILED' | 'RESOLVED';

/**
 * The statement that requests refunds of `rows` reservations. Its values are id and reason of each. When a refund was
 * requested before, it stays as it is.
 */
export const REQUEST_REFUNDS = (rows: number): string =>
  `INSERT INTO compensation (reservation_id, reason, requested_at, changed_at)
  VALUES ${Array(rows).fill('(?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))').join(', ')}
  ON DUPLICATE KEY UPDATE reservation_id = VALUES(reservation_id)`;

// Compare and set.
const STEP = `UPDATE compensation SET state = ?, error = ?, attempts = attempts + ?, changed_at = UTC_TIMESTAMP(6)
  WHERE reservation_id = ? AND state = ?`;

/** A step of a compensation. */
export interface CompensationStep {
  reservationId: number;
  from: CompensationState;
  to: CompensationState;
  reason: string;
  actor: string;
}

/** Requests a refund. False when it was requested before. */
export async function requestRefund(
  tx: Transaction,
  { reservationId, reason, actor }: { reservationId: number; reason: string; actor: string },
): Promise<boolean> {
  const { affectedRows } = await tx.execute(REQUEST_REFUNDS(1), [reservationId, reason]);
  if (affectedRows !== 1) return false;
  await record(tx, { reservationId, from: null, to: 'REFUND_REQUESTED', reason, actor });
  return true;
}

/** Takes a step and records it. False when the compensation is not in the state `from`. */
export async function stepCompensation(tx: Transaction, step: CompensationStep): Promise<boolean> {
  const { reservationId, from, to, reason } = step;
  const error = to === 'COMPENSATION_FAILED' ? reason.slice(0, 1000) : null;
  const more = to === 'REFUND_REQUESTED' ? 1 : 0;
  const { affectedRows } = await tx.execute(STEP, [to, error, more, reservationId, from]);
  if (affectedRows !== 1) return false;
  await record(tx, step);
  return true;
}

async function record(
  tx: Transaction,
  step: Omit<CompensationStep, 'from'> & { from: CompensationState | null },
): Promise<void> {
  const { sql, values } = historyStatement([{ ...step, subject: 'compensation' }]);
  await tx.execute(sql, values);
}
