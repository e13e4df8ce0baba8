import type { Database, Transaction } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { queryWriterIfEmpty } from '../../database/read-as-writer.js';
import { groupBy } from './group-by.js';
import { GROUPED } from '../requests/grouped.js';
import { isLive } from './live-status.js';
import { recordAlongside } from '../requests/record-changes.js';
import type { PaymentHeard, RecordChanges, ReservationChange, ReservationStatus, SlotPlace } from '../reservation.js';
import { retryUnknown } from '../requests/retry-unknown.js';
import { inLockOrder } from '../requests/slot-ids.js';

/**
 * Longest wait for one row lock. When a slot is held for long, the waiting transaction gives its connection to others
 * between two tries.
 */
const LOCK_WAIT_SECONDS = 5;

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
  paymentStatus: PaymentHeard;
  /** Whether it is due by the database's clock. */
  isDue: boolean;
}

/** Settings and handles of transitions. */
export interface TransitionContext {
  database: Database;
  recordChanges: RecordChanges | undefined;
  /** Called after seats were given back, or may have been. Its promise is awaited. It must not reject. */
  onGivenBack: (slots: readonly SlotPlace[]) => Promise<void>;
}

/** The reservations to change, and the decision for each. */
export interface Transition {
  /** Reservations made as one may be named by any of them. */
  ids: readonly number[];
  /** Returns the new status, or undefined to leave it. When the transaction runs again, it is called again. */
  decide: (reservation: HeldReservation) => ReservationStatus | undefined;
  /** Reasons by new status. */
  reasons: Readonly<Partial<Record<ReservationStatus, string>>>;
  /**
   * `if-freed`: slots are locked only when a decision gives seats back. Then the transaction begins anew. Default
   * `always`.
   */
  lockSlots?: 'always' | 'if-freed' | undefined;
  /** Runs before any change, with the rows locked. When it resolves with false, nothing is changed. */
  begin?: ((tx: Transaction) => Promise<boolean>) | undefined;
  /** Runs last in the transaction, with the rows locked. */
  end?: ((tx: Transaction, held: readonly HeldReservation[]) => Promise<void>) | undefined;
  traceparent?: string | undefined;
  signal?: AbortSignal | undefined;
}

const PLACES = `r.{reservation.id} AS reservationId, r.{reservation.slotId} AS slotId, r.{reservation.groupId} AS groupId`;
const SELECT_NAMED = `SELECT ${PLACES} FROM {reservation} r WHERE r.{reservation.id} IN `;
const SELECT_GROUPED = `SELECT ${PLACES} FROM ${GROUPED} WHERE h.{reservation.id} IN `;
// The primary keys are forced, because the optimizer would scan a small table and lock rows that nobody named.
const LOCK_SLOTS = `SELECT {slot.id} AS slotId, {slot.restaurantId} AS restaurantId, {slot.date} AS date,
    TIME_FORMAT({slot.time}, '%H:%i') AS time
  FROM {slot} FORCE INDEX (PRIMARY) WHERE {slot.id} IN `;
const LOCK_RESERVATIONS = `SELECT {reservation.id} AS reservationId, {reservation.slotId} AS slotId,
    {reservation.restaurantId} AS restaurantId, {reservation.memberId} AS memberId, {reservation.partySize} AS partySize,
    {reservation.seats} AS seats, {reservation.groupId} AS groupId, {reservation.status} AS status,
    {reservation.paymentStatus} AS paymentStatus, COALESCE({reservation.expiresAt} <= UTC_TIMESTAMP(6), FALSE) AS isDue
  FROM {reservation} FORCE INDEX (PRIMARY) WHERE {reservation.id} IN `;
const SET_STATUS = 'UPDATE {reservation} FORCE INDEX (PRIMARY) SET {reservation.status} = ? WHERE {reservation.id} IN ';
const GIVE_BACK = `UPDATE {slot} FORCE INDEX (PRIMARY) SET {slot.count} = {slot.count} - ?, {slot.version} = {slot.version} + 1 WHERE {slot.id} IN `;

/**
 * Changes the status of reservations in one transaction, and gives back the seats of those that are no longer live.
 * Resolves with the reservations as they were before. Slots are locked first, in the order of their ids, as every
 * strategy does, then reservations. When a transaction needs more locks than it has, it begins anew. So nothing
 * deadlocks. When the answer to its COMMIT is lost, it runs again. It then waits for the locks of the lost transaction,
 * and finds out how that ended.
 */
export async function changeStatus(context: TransitionContext, transition: Transition): Promise<HeldReservation[]> {
  const { database } = context;
  let locks: Locks =
    transition.lockSlots === 'if-freed'
      ? { reservationIds: inLockOrder(transition.ids), areNamedAlone: true, slotIds: undefined }
      : await readPlaces(database, transition);
  while (locks.reservationIds.length > 0) {
    try {
      return await changeBehindLocks(context, transition, locks);
    } catch (error) {
      if (!(error instanceof MoreNeeded)) throw error;
      const places = await readPlaces(database, transition);
      locks = error.more === 'slots' ? places : { ...places, slotIds: undefined };
    }
  }
  return [];
}

/** The locks of a transition, in ascending order. */
interface Locks {
  reservationIds: readonly number[];
  /** True when other reservations may have been made as one with them. */
  areNamedAlone: boolean;
  /** Undefined when no slot is locked. Then no seat can be given back. */
  slotIds: readonly number[] | undefined;
}

/** Thrown to roll a transaction back that must lock more. */
class MoreNeeded extends Error {
  constructor(readonly more: 'group' | 'slots') {
    super(`the ${more} must be locked, too`);
  }
}

async function changeBehindLocks(
  context: TransitionContext,
  transition: Transition,
  locks: Locks,
): Promise<HeldReservation[]> {
  const { database } = context;
  const freed = new Map<number, SlotPlace>();
  const options = { signal: transition.signal, lockWaitSeconds: LOCK_WAIT_SECONDS };
  try {
    return await retryUnknown(() =>
      database.transaction((tx) => changeLocked(context, transition, { tx, locks, freed }), options),
    );
  } finally {
    if (freed.size > 0) await context.onGivenBack([...freed.values()]);
  }
}

interface PlaceRow {
  reservationId: number;
  slotId: number;
  groupId: number | null;
}

/** Slot and group of a reservation never change, so they may be read before anything is locked. */
async function readPlaces(database: Database, { ids, signal }: Transition): Promise<Locks> {
  const named = await select(database, { sql: SELECT_NAMED, ids, signal });
  const groupIds = [...new Set(named.flatMap(({ groupId }) => (groupId === null ? [] : [groupId])))];
  const grouped = groupIds.length === 0 ? [] : await select(database, { sql: SELECT_GROUPED, ids: groupIds, signal });
  const all = [...named, ...grouped];
  return {
    slotIds: inLockOrder(all.map(({ slotId }) => slotId)),
    reservationIds: inLockOrder(all.map(({ reservationId }) => reservationId)),
    areNamedAlone: false,
  };
}

function select(
  database: Database,
  { sql, ids, signal }: { sql: string; ids: readonly number[]; signal: AbortSignal | undefined },
): Promise<PlaceRow[]> {
  return queryWriterIfEmpty<PlaceRow>(database, `${sql}${placeholders(ids)}`, { values: ids, signal });
}

async function changeLocked(
  { recordChanges }: TransitionContext,
  transition: Transition,
  { tx, locks, freed }: { tx: Transaction; locks: Locks; freed: Map<number, SlotPlace> },
): Promise<HeldReservation[]> {
  const { slotIds, reservationIds, areNamedAlone } = locks;
  const slots = slotIds === undefined ? [] : await lockSlots(tx, slotIds);
  const held = await lockReservations(tx, reservationIds);
  if (areNamedAlone && held.some(({ groupId }) => groupId !== null)) throw new MoreNeeded('group');
  if (held.length === 0 || (await transition.begin?.(tx)) === false) return [];
  const changed = held.flatMap((reservation): Changed[] => {
    const to = transition.decide(reservation);
    return to === undefined ? [] : [{ change: toChange(reservation, to, transition), seats: reservation.seats }];
  });
  const freedIds = new Set(changed.filter(givesBack).map(({ change }) => change.slotId));
  if (slotIds === undefined && freedIds.size > 0) throw new MoreNeeded('slots');
  // Kept even when this transaction is rolled back, or when its end is unknown.
  for (const slot of slots) if (freedIds.has(slot.slotId)) freed.set(slot.slotId, slot);
  await writeChanges(tx, changed);
  await recordAlongside(tx, () => changed.map(({ change }) => change), recordChanges);
  await transition.end?.(tx, held);
  return held;
}

async function lockSlots(tx: Transaction, ids: readonly number[]): Promise<SlotPlace[]> {
  const text = `${LOCK_SLOTS}${placeholders(ids)} ORDER BY {slot.id} FOR UPDATE`;
  return tx.query<SlotPlace>(text, ids);
}

async function lockReservations(tx: Transaction, ids: readonly number[]): Promise<HeldReservation[]> {
  const text = `${LOCK_RESERVATIONS}${placeholders(ids)} ORDER BY {reservation.id} FOR UPDATE`;
  return dueAsOne(await tx.query<HeldReservation>(text, ids));
}

/** Reservations made as one were inserted moments apart, so the first of them decides whether they are due. */
function dueAsOne(held: readonly HeldReservation[]): HeldReservation[] {
  const firsts = new Map(held.map((each) => [each.reservationId, each]));
  return held.map((each) => ({ ...each, isDue: (firsts.get(each.groupId ?? each.reservationId) ?? each).isDue }));
}

/** A change, and the seats that its reservation takes. */
interface Changed {
  change: ReservationChange;
  seats: number;
}

function toChange(
  reservation: HeldReservation,
  to: ReservationStatus,
  { reasons, traceparent }: Transition,
): ReservationChange {
  const {
    reservationId,
    slotId,
    restaurantId,
    memberId,
    partySize,
    groupId,
    status: from,
    paymentStatus,
  } = reservation;
  const reason = reasons[to] ?? '';
  return {
    reservationId,
    slotId,
    restaurantId,
    memberId,
    partySize,
    groupId,
    from,
    to,
    reason,
    paymentStatus,
    traceparent,
  };
}

async function writeChanges(tx: Transaction, changed: readonly Changed[]): Promise<void> {
  const run = async (sql: string, value: string | number, ids: readonly number[]): Promise<void> => {
    await tx.execute(`${sql}${placeholders(ids)}`, [value, ...ids]);
  };
  for (const [status, of] of groupBy(changed, ({ change }) => change.to)) {
    const ids = of.map(({ change }) => change.reservationId);
    await run(SET_STATUS, status, ids);
  }
  for (const [seats, of] of groupBy([...freedSeats(changed)], ([, freed]) => freed)) {
    const slotIds = of.map(([slotId]) => slotId);
    await run(GIVE_BACK, seats, slotIds);
  }
}

/** The freed seats by slot. */
function freedSeats(changed: readonly Changed[]): Map<number, number> {
  const freed = new Map<number, number>();
  for (const { change, seats } of changed.filter(givesBack)) {
    freed.set(change.slotId, (freed.get(change.slotId) ?? 0) + seats);
  }
  return freed;
}

function givesBack({ change }: Changed): boolean {
  return isLive(change.from) && !isLive(change.to);
}
