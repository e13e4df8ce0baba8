import type { Database, Transaction } from '../../../database/index.js';
import { placeholders } from '../../../database/placeholders.js';
import type { ReservationStatus } from '../../reservation.js';
import { type HistoryEntry, isRequest } from './history.js';
import { readSnapshot } from '../read-snapshot.js';

/** A reservation as it stands in the table. */
export interface ReservationRow {
  id: number;
  slotId: number;
  memberId: number;
  partySize: number;
  seats: number;
  groupId: number | null;
  status: ReservationStatus;
  idempotencyKey: string | null;
}

/** The rows of the slots and reservations of a history. */
export interface HistoryFacts {
  /** Capacities by slot. A slot that is not in the table is missing here. */
  capacities: ReadonlyMap<number, number>;
  /** All reservations of the history's slots, and those that the history names. */
  rows: readonly ReservationRow[];
}

const ASKED_AT_ONCE = 1000;

const CAPACITIES = 'SELECT {slot.id} AS slotId, {slot.capacity} AS capacity FROM {slot} WHERE {slot.id} IN ';
const COLUMNS = `{reservation.id} AS id, {reservation.slotId} AS slotId, {reservation.memberId} AS memberId,
  {reservation.partySize} AS partySize, {reservation.seats} AS seats, {reservation.groupId} AS groupId,
  {reservation.status} AS status, {reservation.idempotencyKey} AS idempotencyKey`;
const OF_SLOTS = `SELECT ${COLUMNS} FROM {reservation} WHERE {reservation.slotId} IN `;
const OF_IDS = `SELECT ${COLUMNS} FROM {reservation} WHERE {reservation.id} IN `;

/** Reads {@link HistoryFacts} in one snapshot. */
export async function readHistoryFacts(
  database: Database,
  entries: readonly HistoryEntry[],
  signal: AbortSignal | undefined,
): Promise<HistoryFacts> {
  return readSnapshot(database, (tx) => readFacts(tx, entries), signal);
}

async function readFacts(tx: Transaction, entries: readonly HistoryEntry[]): Promise<HistoryFacts> {
  const slotIds = [...new Set(entries.flatMap((entry) => (isRequest(entry) ? entry.slotIds : [])))];
  const ask = <Row extends object>(sql: string, ids: readonly number[]) => readByIds<Row>(tx, sql, ids);
  const slots = await ask<{ slotId: number; capacity: number }>(CAPACITIES, slotIds);
  const rows = await ask<ReservationRow>(OF_SLOTS, slotIds);
  const known = new Set(rows.map(({ id }) => id));
  const elsewhere = new Set(entries.flatMap(reservationsNamed).filter((id) => !known.has(id)));
  const named = await ask<ReservationRow>(OF_IDS, [...elsewhere]);
  return {
    capacities: new Map(slots.map(({ slotId, capacity }) => [slotId, capacity])),
    rows: named.length === 0 ? rows : [...rows, ...named],
  };
}

function reservationsNamed(entry: HistoryEntry): number[] {
  if (!isRequest(entry)) return [entry.reservationId];
  return 'reservationId' in entry.outcome ? [entry.outcome.reservationId] : [];
}

async function readByIds<Row extends object>(tx: Transaction, sql: string, ids: readonly number[]): Promise<Row[]> {
  const parts: Row[][] = [];
  for (let start = 0; start < ids.length; start += ASKED_AT_ONCE) {
    const asked = ids.slice(start, start + ASKED_AT_ONCE);
    parts.push(await tx.query<Row>(`${sql}${placeholders(asked)}`, asked));
  }
  return parts.flat();
}
