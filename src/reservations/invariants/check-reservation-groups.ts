import type { Database, Transaction } from '../../database/index.js';
import { toExactNumber } from '../../database/connections/exact-numbers.js';
import { GROUPED } from '../requests/grouped.js';
import type { Findings, Violation } from './invariant-report.js';
import { type KeyRange, walkKeys } from './key-ranges.js';

/** Reservations that are looked at in one snapshot. */
const ROWS_AT_ONCE = 10_000;

const NEXT_RESERVATION = `SELECT {reservation.id} AS upTo FROM {reservation} WHERE {reservation.id} > ?
  ORDER BY {reservation.id} LIMIT 1 OFFSET ${ROWS_AT_ONCE - 1}`;

const LIST_DIFFERING = `
  SELECT g.groupId, g.ids, g.states, COUNT(*) OVER () AS found
  FROM (
    SELECT h.{reservation.id} AS groupId, COUNT(DISTINCT r.{reservation.status}) AS different,
      SUBSTRING_INDEX(GROUP_CONCAT(r.{reservation.id} ORDER BY r.{reservation.id}), ',', 10) AS ids,
      GROUP_CONCAT(DISTINCT r.{reservation.status} ORDER BY r.{reservation.status}) AS states
    FROM ${GROUPED}
    WHERE h.{reservation.id} > ? AND h.{reservation.id} <= ? AND h.{reservation.groupId} = h.{reservation.id} GROUP BY h.{reservation.id}
  ) g
  WHERE g.different > 1 ORDER BY g.groupId LIMIT ?`;

const LIST_WITHOUT_FIRST = `
  SELECT r.{reservation.groupId} AS groupId, r.{reservation.id} AS id, COUNT(*) OVER () AS found
  FROM {reservation} r LEFT JOIN {reservation} h ON h.{reservation.id} = r.{reservation.groupId}
  WHERE r.{reservation.id} > ? AND r.{reservation.id} <= ? AND r.{reservation.groupId} IS NOT NULL
    AND NOT (h.{reservation.groupId} <=> h.{reservation.id} AND h.{reservation.memberId} <=> r.{reservation.memberId})
  ORDER BY r.{reservation.id} LIMIT ?`;

/** Compares the reservations of every group. They were made as one, so they must be in one state. */
export async function checkReservationGroups(
  database: Database,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<void> {
  await walkKeys(database, {
    nextKey: NEXT_RESERVATION,
    signal,
    look: (tx, range) => lookAtRange({ tx, range, findings: findings.part() }),
    take: (part) => findings.merge(part),
  });
}

async function lookAtRange(look: { tx: Transaction; findings: Findings; range: KeyRange }): Promise<Findings> {
  const { tx, findings, range } = look;
  // At least one row, because it has the count.
  const values = [range.after, range.upTo, Math.max(1, findings.remaining('group-differs'))];
  const differing = await tx.query<GroupRow>(LIST_DIFFERING, values);
  findings.addAll('group-differs', differing[0]?.found ?? 0, differing.map(describeGroup));
  const lost = await tx.query<LostRow>(LIST_WITHOUT_FIRST, values);
  findings.addAll('group-differs', lost[0]?.found ?? 0, lost.map(describeLost));
  return findings;
}

interface GroupRow {
  groupId: number;
  ids: string;
  states: string;
  found: number;
}

/** A reservation whose group has no first one. */
interface LostRow {
  groupId: number;
  id: number;
  found: number;
}

function describeGroup({ groupId, ids, states }: GroupRow): Violation {
  const text = `reservations ${ids} were made as one, the first of them ${groupId}, and are ${states.replaceAll(',', ' and ')}`;
  return {
    kind: 'group-differs',
    reservationIds: ids.split(',').map((id) => toExactNumber(id, 'the id of a reservation')),
    text,
  };
}

function describeLost({ groupId, id }: LostRow): Violation {
  const text = `reservation ${id} was made as one with reservation ${groupId}, which is not the first of the same member's`;
  return { kind: 'group-differs', reservationIds: [id], text };
}
