import type { SqlValue } from '../database/index.js';
import type { Statement } from '../reservations/index.js';

/** A step of a reservation, of its news of the payment, or of its compensation. */
export interface HistoryStep {
  reservationId: number;
  subject: 'reservation' | 'payment' | 'compensation';
  from: string | null;
  to: string;
  reason: string;
  /** A message, a member, a job or an operator. */
  actor: string;
}

// The time is written explicitly, because the column's default is in the connection's time zone, and a user may have
// set that.
const INSERT =
  'INSERT INTO reservation_history (reservation_id, subject, from_state, to_state, reason, actor, changed_at) VALUES ';

/** The statement that writes steps into the history. Run it in the transaction of the steps. */
export function historyStatement(steps: readonly HistoryStep[]): Statement {
  const values = steps.flatMap(({ reservationId, subject, from, to, reason, actor }): SqlValue[] => [
    reservationId,
    subject,
    from,
    to,
    reason.slice(0, 255),
    actor.slice(0, 128),
  ]);
  return { sql: INSERT + Array(steps.length).fill('(?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))').join(', '), values };
}
