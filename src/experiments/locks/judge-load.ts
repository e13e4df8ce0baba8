import type { Verdict } from '../../bench/load/load-result.js';
import type { Database } from '../../database/index.js';
import { checkInvariants } from '../../reservations/index.js';
import type { InvariantReport } from '../../reservations/index.js';
import { historyOf } from './call-log.js';
import type { CallLogRecord } from './call-log.js';

const EXTENT = `
  SELECT CAST(SUM(GREATEST(0, GREATEST(s.{slot.count}, COALESCE(held.seats, 0)) - s.{slot.capacity})) AS DOUBLE) AS overbooked,
    CAST(SUM(ABS(s.{slot.count} - COALESCE(held.seats, 0))) AS DOUBLE) AS differing
  FROM {slot} s LEFT JOIN (
    SELECT {reservation.slotId} AS slotId, SUM({reservation.seats}) AS seats FROM {reservation}
    WHERE {reservation.status} IN ('PENDING', 'CONFIRMED') GROUP BY {reservation.slotId}
  ) held ON held.slotId = s.{slot.id}`;

/** The extent of the violations. */
interface Extent {
  /** Seats beyond the capacity, over all slots. */
  overbooked: number;
  /** Difference between counts and reservations in seats, over all slots. */
  differing: number;
  deadlocks: number;
}

/** The data of a run that are judged, beside the tables. */
export interface JudgedLoad {
  calls: readonly CallLogRecord[];
  /** Deadlocks of a way that promises none. */
  deadlocks: number;
}

/** Compares the tables, every answer of a run and its promises. Nobody else may have reserved. */
export async function judgeLoad(
  database: Database,
  { calls, deadlocks }: JudgedLoad,
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const history = { entries: calls.flatMap(historyOf), exclusive: true };
  const report = await checkInvariants(database, { history, limit: 1, signal });
  if (report.ok && deadlocks === 0) return { right: true, text: 'right' };
  const [extent] = await database.query<Omit<Extent, 'deadlocks'>>(EXTENT);
  return { right: false, text: describeReport(report, { overbooked: 0, differing: 0, ...extent, deadlocks }) };
}

/** The violations in one line, the gravest first. */
export function describeReport({ counts }: Pick<InvariantReport, 'counts'>, extent: Extent): string {
  const { overbooked, 'count-differs': differs, 'acknowledged-missing': lost, ...others } = counts;
  const parts = [
    overbooked === undefined ? '' : `overbooked by ${extent.overbooked} on ${slots(overbooked)}`,
    differs === undefined ? '' : `count off by ${extent.differing} on ${slots(differs)}`,
    lost === undefined ? '' : `${lost} acknowledged lost`,
    ...Object.entries(others).map(([kind, count]) => `${kind} ${count}`),
    extent.deadlocks === 0 ? '' : `${extent.deadlocks} deadlocks`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function slots(count: number): string {
  return count === 1 ? '1 slot' : `${count} slots`;
}
