/**
 * Tables of a SELECT that reads reservations made as one: `h` the first of them, `r` each, the first among them. They
 * share their member's index.
 */
export const GROUPED = `{reservation} h JOIN {reservation} r
  ON r.{reservation.memberId} = h.{reservation.memberId} AND r.{reservation.groupId} = h.{reservation.id}`;
