import type { Database, SqlValue, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { GROUPED } from '../requests/grouped.js';
import type { PaymentHeard, ReservationStatus, SlotPlace } from '../reservation.js';

/** A reservation before a transition, with its row locked. */
export interface HeldReservation {
  reservationId: number;
  slotId: number;
  restaurantId: number;
  memberId: number;
  partySize: number;
  seats: number;
  groupId: number | null;
  status: ReservationStatus;
  /** The provider's name for its payment, as last heard of. */
  paymentId: string | null;
  paymentStatus: PaymentHeard;
  /** Whether it is due by the database's clock. */
  isDue: boolean;
}

/** The slot and the group of a reservation. They never change, so they may be read before anything is locked. */
export interface Place {
  reservationId: number;
  slotId: number;
  groupId: number | null;
}

const PLACE = `r.{reservation.id} AS reservationId, r.{reservation.slotId} AS slotId, r.{reservation.groupId} AS groupId`;
const SELECT_NAMED = `SELECT ${PLACE} FROM {reservation} r WHERE r.{reservation.id} IN `;
const SELECT_GROUPED = `SELECT ${PLACE} FROM ${GROUPED} WHERE h.{reservation.id} IN `;
// The primary keys are forced, because the optimizer would scan a small table and lock rows that nobody named.
const LOCK_SLOTS = `SELECT {slot.id} AS slotId, {slot.restaurantId} AS restaurantId, {slot.date} AS date,
    TIME_FORMAT({slot.time}, '%H:%i') AS time
  FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} IN `;
const LOCK_RESERVATIONS = `SELECT {reservation.id} AS reservationId, {reservation.slotId} AS slotId,
    {reservation.restaurantId} AS restaurantId, {reservation.memberId} AS memberId, {reservation.partySize} AS partySize,
    {reservation.seats} AS seats, {reservation.groupId} AS groupId, {reservation.status} AS status,
    {reservation.paymentId} AS paymentId, {reservation.paymentStatus} AS paymentStatus,
    COALESCE({reservation.expiresAt} <= UTC_TIMESTAMP(6), FALSE) AS isDue
  FROM {reservation} FORCE INDEX (PRIMARY) WHERE {reservation.id} IN `;

/** The places of the named reservations, and of all that were made as one with one of them. Some come twice. */
export async function readPlaces(
  database: Database,
  ids: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Place[]> {
  const named = await readRows(database, { sql: SELECT_NAMED, ids, idOf: (place) => place.reservationId, signal });
  const groupIds = [...new Set(named.flatMap(({ groupId }) => (groupId === null ? [] : [groupId])))];
  return [...named, ...(await readGroups(database, groupIds, signal))];
}

/** The places of all reservations of these groups. */
export function readGroups(
  database: Database,
  groupIds: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Place[]> {
  return readRows(database, { sql: SELECT_GROUPED, ids: groupIds, idOf: ({ groupId }) => groupId!, signal });
}

/** Rows that are not found are looked up on the writer, because an old writer does not have newer rows. */
async function readRows(
  database: Database,
  reading: {
    sql: string;
    ids: readonly number[];
    idOf: (place: Place) => number;
    signal: AbortSignal | undefined;
  },
): Promise<Place[]> {
  const { sql, ids, idOf, signal } = reading;
  if (ids.length === 0) return [];
  const rows = await database.query<Place>(`${sql}${placeholders(ids)}`, ids, { signal });
  const found = new Set(rows.map(idOf));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length === 0) return rows;
  const more = (tx: Transaction): Promise<Place[]> => tx.query<Place>(`${sql}${placeholders(missing)}`, missing);
  return [...rows, ...(await readAsWriter(database, more, { signal }))];
}

/** Locks slots in ascending order. */
export function lockSlots(tx: Transaction, ids: readonly number[]): Promise<SlotPlace[]> {
  return lock(tx, { sql: LOCK_SLOTS, ids, rest: 'ORDER BY {slot.id} FOR UPDATE' });
}

/** Locks reservations in ascending order. Those that do not exist are left out. */
export async function lockReservations(tx: Transaction, ids: readonly number[]): Promise<HeldReservation[]> {
  const rest = 'ORDER BY {reservation.id} FOR UPDATE';
  return dueAsOne(await lock<HeldReservation>(tx, { sql: LOCK_RESERVATIONS, ids, rest }));
}

/** The slots and reservations among these that nobody else holds. Those are locked. */
export async function lockFree(
  tx: Transaction,
  { slotIds, reservationIds }: { slotIds: readonly number[]; reservationIds: readonly number[] },
): Promise<{ slotIds: ReadonlySet<number>; reservationIds: ReadonlySet<number> }> {
  const rest = 'FOR UPDATE SKIP LOCKED';
  const slots = await lock<SlotPlace>(tx, { sql: LOCK_SLOTS, ids: slotIds, rest });
  const held = await lock<HeldReservation>(tx, { sql: LOCK_RESERVATIONS, ids: reservationIds, rest });
  return {
    slotIds: new Set(slots.map(({ slotId }) => slotId)),
    reservationIds: new Set(held.map(({ reservationId }) => reservationId)),
  };
}

function lock<Row extends object>(
  tx: Transaction,
  { sql, ids, rest }: { sql: string; ids: readonly SqlValue[]; rest: string },
): Promise<Row[]> {
  return ids.length === 0 ? Promise.resolve([]) : tx.query<Row>(`${sql}${placeholders(ids)} ${rest}`, ids);
}

/** Reservations made as one were inserted moments apart, so the first of them decides whether they are due. */
function dueAsOne(held: readonly HeldReservation[]): HeldReservation[] {
  const firsts = new Map(held.map((each) => [each.reservationId, each]));
  return held.map((each) => ({ ...each, isDue: (firsts.get(each.groupId ?? each.reservationId) ?? each).isDue }));
}
