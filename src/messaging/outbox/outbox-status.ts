import type { Database } from '../../database/index.js';
import { LANES } from './claim-outbox.js';

/** What an outbox holds that no relay has sent. */
export interface OutboxStatus {
  pending: number;
  /**
   * Age of the oldest message that waits, by the database's clock, in seconds; null when none does. What was redriven
   * is not asked for its age: it is older than its time in the outbox.
   */
  oldestSeconds: number | null;
  /** Refused by the transport for good and not removed since; what of them is open stands among the dead letters. */
  refused: number;
  /** How many wait in each lane in which one does. */
  byLane: { lane: number; pending: number }[];
}

// ix_outbox_claim alone answers these two; what was sent is not looked at.
const COUNT_PENDING = `SELECT lane, COUNT(*) AS pending FROM outbox FORCE INDEX (ix_outbox_claim) WHERE status = 'PENDING'
  GROUP BY lane ORDER BY lane`;
const COUNT_REFUSED = "SELECT COUNT(*) AS refused FROM outbox FORCE INDEX (ix_outbox_claim) WHERE status = 'REFUSED'";

/**
 * Of each lane so many of the first rows are asked for their age: beside the order of writing, that of occurring may
 * differ a little.
 */
const ROWS_OF_LANE = 50;

const FIRST_OF_LANE = Array.from(
  { length: LANES },
  (_, lane) => `(SELECT seq FROM outbox FORCE INDEX (ix_outbox_claim)
  WHERE status = 'PENDING' AND lane = ${lane} ORDER BY seq LIMIT ${ROWS_OF_LANE})`,
).join(' UNION ALL ');

const OLDEST = `SELECT MAX(TIMESTAMPDIFF(MICROSECOND, o.occurred_at, UTC_TIMESTAMP(6))) AS ageMicros
  FROM (${FIRST_OF_LANE}) first STRAIGHT_JOIN outbox o ON o.seq = first.seq WHERE o.attempt = 1`;

// Answered by ix_outbox_claim alone.
const SELECT_PENDING = "SELECT 1 AS pending FROM outbox WHERE status = 'PENDING' LIMIT 1 OFFSET ?";

/** How far the relays are behind; needs no transport, and time by what is pending, not by what was sent. */
export async function outboxStatus(database: Database): Promise<OutboxStatus> {
  const byLane = await database.query<{ lane: number; pending: number }>(COUNT_PENDING);
  const [refused] = await database.query<{ refused: number }>(COUNT_REFUSED);
  const [oldest] = await database.query<{ ageMicros: number | null }>(OLDEST);
  const ageMicros = oldest?.ageMicros ?? null;
  return {
    pending: byLane.reduce((sum, { pending }) => sum + pending, 0),
    oldestSeconds: ageMicros === null ? null : Math.max(0, ageMicros / 1e6),
    refused: refused?.refused ?? 0,
    byLane,
  };
}

/** True while something waits to be sent; costs one look. */
export function isOutboxPending(database: Database, signal?: AbortSignal): Promise<boolean> {
  return arePending(database, { atLeast: 1, signal });
}

/** True while so many messages, 1 or more, wait to be sent; as quick. */
export async function arePending(
  database: Database,
  { atLeast, signal }: { atLeast: number; signal: AbortSignal | undefined },
): Promise<boolean> {
  return (await database.query(SELECT_PENDING, [atLeast - 1], { signal })).length > 0;
}
