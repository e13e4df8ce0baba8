import type { Database } from '../../database/index.js';

/** How much waits for its payment, and how fast it is settled. */
export interface SagaBacklog {
  /** Holds that wait for their payment and have not run out. Reservations made as one count each. */
  waiting: number;
  /** Reservations a second whose payment ended lately, for or against them. */
  settledPerSecond: number;
  /** In how many seconds all that waits is settled at this pace. Null when nothing was settled lately. */
  etaSeconds: number | null;
}

/** Over how long the pace is measured, in milliseconds. */
export const paceWindowMs = 10_000;

/** Read at most, so that a look costs milliseconds. When they are younger than the window, the window is shorter. */
const latestSteps = 10_000;

// The first part is answered by (status, expires_at) of the reservation, the second by the primary key of the history.
const SELECT = `SELECT
    (SELECT COUNT(*) FROM {reservation} WHERE {reservation.status} = 'PENDING'
      AND ({reservation.expiresAt} IS NULL OR {reservation.expiresAt} > UTC_TIMESTAMP(6))) AS waiting,
    COUNT(*) AS steps,
    COALESCE(SUM(is_settled AND changed_at > UTC_TIMESTAMP(6) - INTERVAL ? * 1000 MICROSECOND), 0) AS settled,
    TIMESTAMPDIFF(MICROSECOND, MIN(changed_at), UTC_TIMESTAMP(6)) / 1000 AS oldestMs
  FROM (SELECT changed_at, subject = 'reservation' AND from_state = 'PENDING' AND to_state <> 'EXPIRED' AS is_settled
    FROM reservation_history ORDER BY id DESC LIMIT ${latestSteps}) latest`;

/**
 * Reads the backlog of the reservation side, of all its processes together, in one statement.
 *
 * @param windowMs Over how long the pace is measured.
 * @example
 * const { waiting, settledPerSecond, etaSeconds } = await readSagaBacklog(database);
 */
export async function readSagaBacklog(database: Database, windowMs: number = paceWindowMs): Promise<SagaBacklog> {
  const [row] = await database.query<{ waiting: number; steps: number; settled: number; oldestMs: number | null }>(
    SELECT,
    [windowMs],
  );
  const [waiting, steps, settled] = [Number(row!.waiting), Number(row!.steps), Number(row!.settled)];
  const readMs = steps < latestSteps ? windowMs : Math.min(windowMs, Number(row!.oldestMs));
  const settledPerSecond = (1000 * settled) / Math.max(1, readMs);
  const etaSeconds = waiting === 0 ? 0 : settled === 0 ? null : waiting / settledPerSecond;
  return { waiting, settledPerSecond, etaSeconds };
}

// Few reservations have a compensation, so it may be read whole.
const PAID_LATE = "SELECT COUNT(*) AS count FROM compensation WHERE reason = 'paid when it was expired'";

/** How many holds ran out while their payment was under way. Their money goes, or went, back. */
export async function countPaidLate(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(PAID_LATE);
  return Number(row!.count);
}
