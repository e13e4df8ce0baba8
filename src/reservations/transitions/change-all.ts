import { type Database, type Transaction, isLockWait } from '../../database/index.js';
import { recordAlongside } from '../requests/record-changes.js';
import { retryUnknown } from '../requests/retry-unknown.js';
import { inLockOrder } from '../requests/slot-ids.js';
import type { RecordChanges, ReservationChange, SlotPlace } from '../reservation.js';
import { type Change, type DecidedChange, decideChanges, givesBack } from './decide-changes.js';
import { type Locks, findHeld, idsOf, locksSlots } from './find-held.js';
import { type HeldReservation, lockReservations, lockSlots, readGroups, readPlaces } from './held-reservations.js';
import { giveBackSeats, writeReservations } from './write-changes.js';

/**
 * Longest wait for one row lock. When a slot is held for long, the waiting transaction gives its connection to others
 * between two tries.
 */
const LOCK_WAIT_SECONDS = 5;

/** When others hold locks at each of this many looks, all changes count as held. */
const MOST_LOOKS = 3;

/** Settings and handles of transitions. */
export interface TransitionContext {
  database: Database;
  recordChanges: RecordChanges | undefined;
  /** Called after seats were given back, or may have been. Its promise is awaited. It must not reject. */
  onGivenBack: (slots: readonly SlotPlace[]) => Promise<void>;
}

/** Changes that are made in one transaction. */
export interface ChangesRequest<One extends Change = Change> {
  /** They are decided in this order. Several may be of the same reservation. */
  changes: readonly One[];
  /**
   * Runs in the transaction before any change, with the rows locked. It resolves with those of the changes that are to
   * be made, in order. It may be called more than once, also in transactions that are rolled back. It must be quick,
   * because others wait for the slots.
   */
  begin?: ((tx: Transaction, held: readonly HeldReservation[]) => Promise<readonly One[]>) | undefined;
  /**
   * Runs last in the transaction, with the rows locked. It must be quick, because others wait for the slots. The
   * decisions include those about reservations that do not exist.
   */
  end?: ((tx: Transaction, decided: readonly DecidedChange<One>[]) => Promise<void>) | undefined;
  /**
   * Called for a change whose rows somebody else holds for long. The others are made without it. By default, all wait
   * for it.
   */
  onHeld?: ((change: One, error: unknown) => void) | undefined;
  /** Longest wait for one row lock, whole seconds, 1 or more. Default 5. */
  lockWaitSeconds?: number | undefined;
}

interface Work<One extends Change> extends ChangesRequest<One> {
  signal?: AbortSignal | undefined;
}

/**
 * Changes reservations in one transaction, and gives back the seats of those that are no longer live. Resolves with the
 * decisions. Slots are locked first, in the order of their ids, as every strategy does, then reservations. When a
 * transaction needs more locks than it has, it begins anew. So nothing deadlocks. When the answer to its COMMIT is
 * lost, it runs again. It then waits for the locks of the lost transaction, and finds out how that ended.
 */
export async function changeAll<One extends Change>(
  context: TransitionContext,
  request: Work<One>,
): Promise<readonly DecidedChange<One>[]> {
  const { database } = context;
  const { onHeld, signal } = request;
  let changes = request.changes;
  let locks: Locks | undefined;
  for (let looks = 0; changes.length > 0;) {
    locks ??= await firstLocks(database, changes, signal);
    try {
      return await changeBehindLocks(context, { ...request, changes }, locks);
    } catch (error) {
      if (error instanceof MoreNeeded) {
        locks = await widen(database, locks, { more: error.more, signal });
        continue;
      }
      if (onHeld === undefined || !isLockWait(error)) throw error;
      looks += 1;
      const held = looks < MOST_LOOKS ? await findHeld(database, { changes, locks, signal }) : new Set(changes);
      for (const change of held) onHeld(change, error);
      changes = changes.filter((change) => !held.has(change));
      locks = undefined;
    }
  }
  return [];
}

interface More {
  groupIds?: readonly number[];
  /** Reservations whose seats are given back. */
  freeing?: readonly ReservationChange[];
}

/** Thrown to roll a transaction back that must lock more. */
class MoreNeeded extends Error {
  constructor(readonly more: More) {
    super('more must be locked');
  }
}

/** Slots are locked at once only for changes that ask for it. */
async function firstLocks(
  database: Database,
  changes: readonly Change[],
  signal: AbortSignal | undefined,
): Promise<Locks> {
  const places = await readPlaces(database, idsOf(changes.filter(locksSlots)), signal);
  const others = idsOf(changes.filter((change) => !locksSlots(change)));
  return {
    reservationIds: inLockOrder([...places.map(({ reservationId }) => reservationId), ...others]),
    groupIds: new Set(places.flatMap(({ groupId }) => (groupId === null ? [] : [groupId]))),
    slotIds: inLockOrder(places.map(({ slotId }) => slotId)),
    freeingIds: new Set(),
  };
}

async function widen(
  database: Database,
  locks: Locks,
  { more, signal }: { more: More; signal: AbortSignal | undefined },
): Promise<Locks> {
  const { groupIds = [], freeing = [] } = more;
  const grouped = await readGroups(database, groupIds, signal);
  return {
    reservationIds: inLockOrder([...locks.reservationIds, ...grouped.map(({ reservationId }) => reservationId)]),
    groupIds: new Set([...locks.groupIds, ...groupIds]),
    slotIds: inLockOrder([...locks.slotIds, ...freeing.map(({ slotId }) => slotId)]),
    freeingIds: new Set([...locks.freeingIds, ...freeing.map(({ reservationId }) => reservationId)]),
  };
}

async function changeBehindLocks<One extends Change>(
  context: TransitionContext,
  request: Work<One>,
  locks: Locks,
): Promise<readonly DecidedChange<One>[]> {
  const freed = new Map<number, SlotPlace>();
  const { signal, onHeld, lockWaitSeconds = LOCK_WAIT_SECONDS } = request;
  const options = {
    signal,
    lockWaitSeconds,
    onRetry: ({ error }: { error: unknown }): void => {
      if (onHeld !== undefined && isLockWait(error)) throw error;
    },
  };
  try {
    return await retryUnknown(() =>
      context.database.transaction((tx) => changeLocked(context, request, { tx, locks, freed }), options),
    );
  } finally {
    if (freed.size > 0) await context.onGivenBack([...freed.values()]);
  }
}

async function changeLocked<One extends Change>(
  { recordChanges }: TransitionContext,
  { changes: all, begin, end }: ChangesRequest<One>,
  { tx, locks, freed }: { tx: Transaction; locks: Locks; freed: Map<number, SlotPlace> },
): Promise<readonly DecidedChange<One>[]> {
  const slots = await lockSlots(tx, locks.slotIds);
  const held = await lockReservations(tx, locks.reservationIds);
  requireGroups(held, locks);
  const changes = begin === undefined ? all : await begin(tx, held);
  const decisions = decideChanges(held, changes);
  requireSlots(decisions.changes, locks);
  // Kept even when this transaction is rolled back, or when its end is unknown.
  for (const slot of slots) if (decisions.freed.has(slot.slotId)) freed.set(slot.slotId, slot);
  const hears = changes.some(({ hear }) => hear !== undefined);
  await writeReservations(tx, decisions.rows, hears ? 'status and payment' : 'status');
  await giveBackSeats(tx, decisions.freed);
  await recordAlongside(tx, () => decisions.changes, recordChanges);
  await end?.(tx, decisions.decided);
  return decisions.decided;
}

function requireGroups(held: readonly HeldReservation[], locks: Locks): void {
  const groups = held.flatMap(({ groupId }) => (groupId === null || locks.groupIds.has(groupId) ? [] : [groupId]));
  if (groups.length > 0) throw new MoreNeeded({ groupIds: [...new Set(groups)] });
}

function requireSlots(changes: readonly ReservationChange[], locks: Locks): void {
  const locked = new Set(locks.slotIds);
  const freeing = changes.filter((change) => givesBack(change) && !locked.has(change.slotId));
  if (freeing.length > 0) throw new MoreNeeded({ freeing });
}
