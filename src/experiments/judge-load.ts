import type { Verdict } from '../bench/load-result.js';
import type { Database } from '../database/index.js';
import { checkInvariants } from '../reservations/index.js';
import type { InvariantReport } from '../reservations/index.js';
import { historyOf } from './call-log.js';
import type { CallLogRecord } from './call-log.js';

const EXTENT = `
  SELECT CAST(SUM(GREATEST(0, GREATEST(s.{slot.count}, COALESCE(held.seats, 0)) - s.{slot.capacity})) AS DOUBLE) AS overbooked,
    CAST(SUM(ABS(s.{slot.count} - COALESCE(held.seats, 0))) AS DOUBLE) AS differing
  FROM {slot} s LEFT JOIN (
    SELECT {reservation.slotId} AS slotId, SUM({reservation.seats}) AS seats FROM {reservation}
    WHERE {reservation.status} IN ('PENDING', 'CONFIRMED') GROUP BY {reservation.slotId}
  ) held ON held.slotId = s.{slot.id}`;

interface Extent {
  /** Seats beyond the capacity, over all slots. */
  overbooked: number;
  /** By how many seats counts and reservations differ, over all slots. */
  differing: number;
}

/** Holds the tables and every answer of a run against each other; nobody else reserved anything. */
export async function judgeLoad(
  database: Database,
  calls: readonly CallLogRecord[],
  signal: AbortSignal | undefined,
): Promise<Verdict> {
  const history = { entries: calls.flatMap(historyOf), exclusive: true };
  const report = await checkInvariants(database, { history, limit: 1, signal });
  if (report.ok) return { right: true, text: 'right' };
  const [extent] = await database.query<Extent>(database.sql(EXTENT));
  return { right: false, text: describeReport(report, extent ?? { overbooked: 0, differing: 0 }) };
}

/** What is wrong, in a line: the gravest first. */
export function describeReport({ counts }: Pick<InvariantReport, 'counts'>, extent: Extent): string {
  const { overbooked, 'count-differs': differs, 'acknowledged-missing': lost, ...others } = counts;
  const parts = [
    overbooked === undefined ? '' : `overbooked by ${extent.overbooked} on ${slots(overbooked)}`,
    differs === undefined ? '' : `count off by ${extent.differing} on ${slots(differs)}`,
    lost === undefined ? '' : `${lost} acknowledged lost`,
    ...Object.entries(others).map(([kind, count]) => `${kind} ${count}`),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function slots(count: number): string {
  return count === 1 ? '1 slot' : `${count} slots`;
}
