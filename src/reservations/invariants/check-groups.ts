import type { Database, Transaction } from '../../database/index.js';
import type { Findings, Violation } from './invariant-report.js';
import { type KeyRange, walkKeys } from './key-ranges.js';

/** Reservations made as one that are looked at in one snapshot. */
const ROWS_AT_ONCE = 10_000;

const NEXT_GROUP = `SELECT {reservation.groupId} AS upTo FROM {reservation} WHERE {reservation.groupId} > ?
  ORDER BY {reservation.groupId} LIMIT 1 OFFSET ${ROWS_AT_ONCE - 1}`;

const LIST_DIFFERING = `
  SELECT g.groupId, g.ids, g.states, g.firsts, COUNT(*) OVER () AS found
  FROM (
    SELECT {reservation.groupId} AS groupId, COUNT(DISTINCT {reservation.status}) AS different,
      SUM({reservation.id} = {reservation.groupId}) AS firsts,
      SUBSTRING_INDEX(GROUP_CONCAT({reservation.id} ORDER BY {reservation.id}), ',', 10) AS ids,
      GROUP_CONCAT(DISTINCT {reservation.status} ORDER BY {reservation.status}) AS states
    FROM {reservation} WHERE {reservation.groupId} > ? AND {reservation.groupId} <= ? GROUP BY {reservation.groupId}
  ) g
  WHERE g.different > 1 OR g.firsts <> 1 ORDER BY g.groupId LIMIT ?`;

/** Holds the reservations of every group against each other: made as one, they are in one state. */
export async function checkGroups(
  database: Database,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<void> {
  await walkKeys(database, {
    nextKey: NEXT_GROUP,
    signal,
    look: (tx, range) => lookAtRange({ database, tx, range, findings: findings.part() }),
    take: (part) => findings.merge(part),
  });
}

async function lookAtRange(look: {
  database: Database;
  tx: Transaction;
  findings: Findings;
  range: KeyRange;
}): Promise<Findings> {
  const { database, tx, findings, range } = look;
  // One row at least, for it tells how many there are.
  const values = [range.after, range.upTo, Math.max(1, findings.room('group-differs'))];
  const rows = await tx.query<GroupRow>(database.sql(LIST_DIFFERING), values);
  findings.addAll('group-differs', rows[0]?.found ?? 0, rows.map(describeGroup));
  return findings;
}

interface GroupRow {
  groupId: number;
  ids: string;
  states: string;
  /** How many of its rows are the first one, as DECIMAL. */
  firsts: string;
  found: number;
}

function describeGroup({ groupId, ids, states, firsts }: GroupRow): Violation {
  const reservationIds = ids.split(',').map(Number);
  const whole = `reservations ${ids} were made as one, the first of them ${groupId}`;
  const isWhole = Number(firsts) === 1;
  const text = isWhole ? `${whole}, and are ${states.replaceAll(',', ' and ')}` : `${whole}, which is not among them`;
  return { kind: 'group-differs', reservationIds, text };
}
