/**
 * Tables of a SELECT that reads reservations made as one: `h` is the first, and `r` is each of them, the first
 * included. They are joined by their member's index.
 */
export const GROUPED = `{reservation} h JOIN {reservation} r
  ON r.{reservation.memberId} = h.{reservation.memberId} AND r.{reservation.groupId} = h.{reservation.id}`;
