import type { Database } from '../../database/index.js';
import type { Findings, Violation } from './invariant-report.js';
import { walkKeys } from './key-ranges.js';

/** Reservations that are looked at in one snapshot. */
const ROWS_AT_ONCE = 10_000;

const NEXT_RESERVATION = `SELECT {reservation.id} AS upTo FROM {reservation} WHERE {reservation.id} > ?
  ORDER BY {reservation.id} LIMIT 1 OFFSET ${ROWS_AT_ONCE - 1}`;

const COLUMNS = ['slotId', 'restaurantId', 'memberId', 'partySize', 'seats', 'status'] as const;

const NAMES_OF_NULLS = `CONCAT_WS(', ', ${COLUMNS.map((name) => `IF({reservation.${name}} IS NULL, '${name}', NULL)`).join(', ')})`;

const LIST_NULLS = `SELECT {reservation.id} AS id, ${NAMES_OF_NULLS} AS nulls, COUNT(*) OVER () AS found
  FROM {reservation} WHERE {reservation.id} > ? AND {reservation.id} <= ? AND (${COLUMNS.map((name) => `{reservation.${name}} IS NULL`).join(' OR ')})
  ORDER BY {reservation.id} LIMIT ?`;

interface NullRow {
  id: number;
  nulls: string;
  found: number;
}

/** Lists the reservations with NULL where a value must be. No sum and no comparison finds them. */
export async function checkNulls(
  database: Database,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<void> {
  await walkKeys<NullRow[]>(database, {
    nextKey: NEXT_RESERVATION,
    signal,
    // At least one row, because it has the count.
    look: (tx, { after, upTo }) =>
      tx.query<NullRow>(LIST_NULLS, [after, upTo, Math.max(1, findings.remaining('null-value'))]),
    take: (rows) => findings.addAll('null-value', rows[0]?.found ?? 0, rows.map(describeNulls)),
  });
}

function describeNulls({ id, nulls }: NullRow): Violation {
  const text = `reservation ${id} has NULL where a value must be: ${nulls}`;
  return { kind: 'null-value', reservationIds: [id], text };
}
