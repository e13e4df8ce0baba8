import type { Database } from '../../database/index.js';
import { LANES } from './claim-outbox.js';

/** The messages of an outbox that no relay has sent. */
export interface OutboxStatus {
  pending: number;
  /**
   * Age of the oldest message that waits, by the database's clock, in seconds. Null when none waits, or only redriven
   * ones. Redriven messages do not count, because they are older than their time in the outbox.
   */
  oldestSeconds: number | null;
  /** Messages that the transport refused for good, until they are removed. The open ones are among the dead letters. */
  refused: number;
  /** Messages that wait, by lane. Empty lanes are left out. */
  byLane: { lane: number; pending: number }[];
}

// ix_outbox_claim alone answers these two. Sent rows are not read.
const COUNT_PENDING = `SELECT lane, COUNT(*) AS pending FROM outbox FORCE INDEX (ix_outbox_claim) WHERE status = 'PENDING'
  GROUP BY lane ORDER BY lane`;
const COUNT_REFUSED = "SELECT COUNT(*) AS refused FROM outbox FORCE INDEX (ix_outbox_claim) WHERE status = 'REFUSED'";

/**
 * The age is read from so many first rows of each lane, because the order of writing may differ a little from the order
 * of occurrence.
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

/**
 * How far the relays are behind. It needs no transport. Its time grows with the pending messages, not with the sent
 * ones.
 */
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

/** True while a message waits to be sent. It costs one query. */
export function isOutboxPending(database: Database, signal?: AbortSignal): Promise<boolean> {
  return arePending(database, { atLeast: 1, signal });
}

/** True while at least `atLeast` messages wait to be sent, 1 or more. It costs one query, too. */
export async function arePending(
  database: Database,
  { atLeast, signal }: { atLeast: number; signal: AbortSignal | undefined },
): Promise<boolean> {
  return (await database.query(SELECT_PENDING, [atLeast - 1], { signal })).length > 0;
}
