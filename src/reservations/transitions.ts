import type { Database, Transaction } from '../database/index.js';
import { isTablepickError } from '../errors.js';
import type { RecordChanges, ReservationChange, ReservationStatus, SlotPlace } from './reservation.js';

/** A reservation as a transition finds it, its row locked. */
export interface HeldReservation {
  reservationId: number;
  slotId: number;
  restaurantId: number;
  memberId: number;
  partySize: number;
  seats: number;
  groupId: number | null;
  status: ReservationStatus;
  /** By the database's clock. */
  isDue: boolean;
}

/** What transitions work with. */
export interface TransitionTools {
  database: Database;
  recordChanges: RecordChanges | undefined;
  /** Is awaited after seats were given back for good, or may have been. It must not reject. */
  onGivenBack?: ((slots: readonly SlotPlace[]) => Promise<void>) | undefined;
}

/** Which reservations are to change, and how each of them is decided. */
export interface Transition {
  /** Reservations made as one may be named by any of them. */
  ids: readonly number[];
  /** The status a reservation gets; undefined leaves it as it is. Called again when the transaction is. */
  decide: (reservation: HeldReservation) => ReservationStatus | undefined;
  signal?: AbortSignal | undefined;
}

const SELECT_PLACES = `SELECT DISTINCT {reservation.slotId} AS slotId, {reservation.groupId} AS groupId FROM {reservation} WHERE `;
const LOCK_SLOTS = `SELECT {slot.id} AS slotId, {slot.restaurantId} AS restaurantId, {slot.date} AS date,
    TIME_FORMAT({slot.time}, '%H:%i') AS time
  FROM {slot} WHERE {slot.id} IN `;
const LOCK_RESERVATIONS = `SELECT {reservation.id} AS reservationId, {reservation.slotId} AS slotId,
    {reservation.restaurantId} AS restaurantId, {reservation.memberId} AS memberId, {reservation.partySize} AS partySize,
    {reservation.seats} AS seats, {reservation.groupId} AS groupId, {reservation.status} AS status,
    COALESCE({reservation.expiresAt} <= NOW(6), FALSE) AS isDue
  FROM {reservation} WHERE `;
const SET_STATUS = 'UPDATE {reservation} SET {reservation.status} = ? WHERE {reservation.id} IN ';
const GIVE_BACK = `UPDATE {slot} SET {slot.count} = {slot.count} - ?, {slot.version} = {slot.version} + 1 WHERE {slot.id} IN `;

/**
 * Changes the status of reservations in one transaction and gives back the seats of those that are no longer live; resolves with the reservations as
 * they were before. Slots are locked first and in the order of their ids, as every strategy does, then reservations: nothing deadlocks.
 * After a lost COMMIT answer it runs again, behind the locks of the transaction it lost, and finds what became of it.
 */
export async function changeStatus(tools: TransitionTools, transition: Transition): Promise<HeldReservation[]> {
  const { database } = tools;
  const places = await readPlaces(database, transition);
  if (places.slotIds.length === 0) return [];
  const freed = new Map<number, SlotPlace>();
  const run = () =>
    database.transaction((tx) => changeLocked(tools, transition, { tx, places, freed }), { signal: transition.signal });
  const ended = run().catch((error: unknown) => {
    if (isTablepickError(error, 'COMMIT_UNKNOWN')) return run();
    throw error;
  });
  return ended.finally(async () => {
    if (freed.size > 0) await tools.onGivenBack?.([...freed.values()]);
  });
}

interface Places {
  slotIds: number[];
  groupIds: number[];
}

/** Slot and group of a reservation never change, so they may be read before anything is locked. */
async function readPlaces(database: Database, { ids, signal }: Transition): Promise<Places> {
  const named = await select(database, listOf('{reservation.id}', ids), signal);
  const groupIds = [...new Set(named.flatMap(({ groupId }) => (groupId === null ? [] : [groupId])))];
  const grouped =
    groupIds.length === 0 ? [] : await select(database, listOf('{reservation.groupId}', groupIds), signal);
  const slotIds = [...new Set([...named, ...grouped].map(({ slotId }) => slotId))].sort((a, b) => a - b);
  return { slotIds, groupIds };
}

function select(
  database: Database,
  { sql, values }: Condition,
  signal: AbortSignal | undefined,
): Promise<{ slotId: number; groupId: number | null }[]> {
  return database.query(database.sql(`${SELECT_PLACES}${sql}`), values, { signal });
}

async function changeLocked(
  { database, recordChanges }: TransitionTools,
  { ids, decide }: Transition,
  { tx, places, freed }: { tx: Transaction; places: Places; freed: Map<number, SlotPlace> },
): Promise<HeldReservation[]> {
  const { slotIds, groupIds } = places;
  const lockSlots = database.sql(`${LOCK_SLOTS}${listOf('', slotIds).sql} ORDER BY {slot.id} FOR UPDATE`);
  const slots = await tx.query<SlotPlace>(lockSlots, slotIds);
  const held = await lockReservations(database, tx, { ids, groupIds });
  const changes = held.flatMap((reservation): (ReservationChange & { seats: number })[] => {
    const to = decide(reservation);
    return to === undefined ? [] : [{ ...reservation, from: reservation.status, to }];
  });
  const freedIds = new Set(changes.filter(givesBack).map(({ slotId }) => slotId));
  // Kept also when this is rolled back, or nobody can say whether it was.
  for (const slot of slots) if (freedIds.has(slot.slotId)) freed.set(slot.slotId, slot);
  await writeChanges(database, tx, changes);
  if (changes.length > 0) {
    for (const { sql, values } of recordChanges?.(changes) ?? []) await tx.execute(database.sql(sql), values);
  }
  return held;
}

async function lockReservations(
  database: Database,
  tx: Transaction,
  { ids, groupIds }: { ids: readonly number[]; groupIds: readonly number[] },
): Promise<HeldReservation[]> {
  const byId = listOf('{reservation.id}', ids);
  const byGroup = listOf('{reservation.groupId}', groupIds);
  const found: HeldReservation[] = [];
  for (const { sql, values } of groupIds.length === 0 ? [byId] : [byId, byGroup]) {
    const text = database.sql(`${LOCK_RESERVATIONS}${sql} ORDER BY {reservation.id} FOR UPDATE`);
    found.push(...(await tx.query<HeldReservation>(text, values)));
  }
  return dueAsOne([...new Map(found.map((each) => [each.reservationId, each])).values()]);
}

/** Reservations made as one were inserted moments apart: the first of them says whether they are due. */
function dueAsOne(held: readonly HeldReservation[]): HeldReservation[] {
  const firsts = new Map(held.map((each) => [each.reservationId, each]));
  return held.map((each) => ({ ...each, isDue: (firsts.get(each.groupId ?? each.reservationId) ?? each).isDue }));
}

async function writeChanges(
  database: Database,
  tx: Transaction,
  changes: readonly (ReservationChange & { seats: number })[],
): Promise<void> {
  const run = async (sql: string, value: string | number, ids: readonly number[]): Promise<void> => {
    await tx.execute(`${database.sql(sql)}${listOf('', ids).sql}`, [value, ...ids]);
  };
  for (const [status, of] of groupBy(changes, ({ to }) => to)) {
    await run(
      SET_STATUS,
      status,
      of.map(({ reservationId }) => reservationId),
    );
  }
  const freed = new Map<number, number>();
  for (const { slotId, seats } of changes.filter(givesBack)) freed.set(slotId, (freed.get(slotId) ?? 0) + seats);
  for (const [seats, of] of groupBy([...freed], ([, freedSeats]) => freedSeats)) {
    await run(
      GIVE_BACK,
      seats,
      of.map(([slotId]) => slotId),
    );
  }
}

function givesBack({ from, to }: ReservationChange): boolean {
  return isLive(from) && !isLive(to);
}

function isLive(status: ReservationStatus | null): boolean {
  return status === 'PENDING' || status === 'CONFIRMED';
}

interface Condition {
  sql: string;
  values: readonly number[];
}

function listOf(column: string, values: readonly number[]): Condition {
  return { sql: `${column === '' ? '' : `${column} IN `}(${values.map(() => '?').join(', ')})`, values };
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
