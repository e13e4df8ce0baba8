import type { Database } from '../../database/index.js';
import { START_WRITING } from '../../database/connections/server-role.js';

/** A slot without a single seat left, and whose requests the database answers otherwise than with sold-out. */
export interface FullSlot {
  capacity: number;
  /**
   * Idempotency keys of all its reservations, also of those that are over: their requests are answered with what they
   * made.
   */
  keys: readonly string[];
  /** Members who hold it. */
  memberIds: readonly number[];
}

/** With more reservations a slot has no flag. */
const MOST_RESERVATIONS = 5000;

// One statement, so that count and reservations are those of one moment. The key of a group is that of its first
// reservation.
const READ_FULL = `
  SELECT s.{slot.capacity} AS capacity, r.{reservation.liveMemberId} AS memberId,
    COALESCE(head.{reservation.idempotencyKey}, r.{reservation.idempotencyKey}) AS idempotencyKey
  FROM {slot} s
    LEFT JOIN {reservation} r ON r.{reservation.slotId} = s.{slot.id}
    LEFT JOIN {reservation} head ON head.{reservation.id} = r.{reservation.groupId}
  WHERE s.{slot.id} = ? AND s.{slot.count} >= s.{slot.capacity}
  LIMIT ${MOST_RESERVATIONS + 1}`;

/** The slot when not a single seat of it is left; undefined also when it has too many reservations to be told. */
export async function readFullSlot(database: Database, slotId: number): Promise<FullSlot | undefined> {
  const sql = database.sql(READ_FULL);
  // Not retried: nobody needs a flag while the database cannot be reached.
  const rows = await database.session(async (session) => {
    // A server that is the writer no longer may know nothing of seats given back. The session's reset ends the
    // transaction.
    await session.execute(START_WRITING);
    return session.query<{ capacity: number; memberId: number | null; idempotencyKey: string | null }>(sql, [slotId]);
  });
  const [first] = rows;
  if (first === undefined || rows.length > MOST_RESERVATIONS) return undefined;
  return {
    capacity: first.capacity,
    keys: rows.flatMap(({ idempotencyKey }) => idempotencyKey ?? []),
    memberIds: rows.flatMap(({ memberId }) => memberId ?? []),
  };
}
