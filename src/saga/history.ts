import type { SqlValue } from '../database/index.js';
import type { Statement } from '../reservations/index.js';

/** A step of a reservation, of what it heard of its payment, or of its compensation. */
export interface HistoryStep {
  reservationId: number;
  subject: 'reservation' | 'payment' | 'compensation';
  from: string | null;
  to: string;
  reason: string;
  /** A message, a member, a job or an operator. */
  actor: string;
}

// The column's own default is in the time zone of the connection, which may be a user's.
const INSERT =
  'INSERT INTO reservation_history (reservation_id, subject, from_state, to_state, reason, actor, changed_at) VALUES ';

/** Writes steps into the history, in the transaction that takes them. */
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
