import type { Database } from '../../database/index.js';
import { START_WRITING } from '../../database/connections/server-role.js';

/** A slot without a free seat, with the requests that must not be answered with sold-out. */
export interface FullSlot {
  capacity: number;
  /**
   * Idempotency keys of all its reservations, also of those that are over. Requests with these keys are answered with
   * their reservations.
   */
  keys: readonly string[];
  /** Members who hold it. */
  memberIds: readonly number[];
}

/** When a slot has more reservations, it has no flag. */
const MOST_RESERVATIONS = 5000;

// One statement, so that count and reservations belong to one moment. The key of a group is the key of its first
// reservation.
const READ_FULL = `
  SELECT s.{slot.capacity} AS capacity, r.{reservation.liveMemberId} AS memberId,
    COALESCE(head.{reservation.idempotencyKey}, r.{reservation.idempotencyKey}) AS idempotencyKey
  FROM {slot} s
    LEFT JOIN {reservation} r ON r.{reservation.slotId} = s.{slot.id}
    LEFT JOIN {reservation} head ON head.{reservation.id} = r.{reservation.groupId}
  WHERE s.{slot.id} = ? AND s.{slot.count} >= s.{slot.capacity}
  LIMIT ${MOST_RESERVATIONS + 1}`;

/** The slot when no seat is free. Undefined otherwise, and also when it has too many reservations. */
export async function readFullSlot(database: Database, slotId: number): Promise<FullSlot | undefined> {
  // Not retried, because nobody needs a flag while the database cannot be reached.
  const rows = await database.session(async (session) => {
    // A server that is no longer the writer may not know of seats given back. The session's reset ends the transaction.
    await session.execute(START_WRITING);
    return session.query<{ capacity: number; memberId: number | null; idempotencyKey: string | null }>(READ_FULL, [
      slotId,
    ]);
  });
  const [first] = rows;
  if (first === undefined || rows.length > MOST_RESERVATIONS) return undefined;
  return {
    capacity: first.capacity,
    keys: rows.flatMap(({ idempotencyKey }) => idempotencyKey ?? []),
    memberIds: rows.flatMap(({ memberId }) => memberId ?? []),
  };
}
