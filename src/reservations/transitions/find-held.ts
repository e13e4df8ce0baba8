import type { Database } from '../../database/index.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import { inLockOrder } from '../requests/slot-ids.js';
import type { Change } from './decide-changes.js';
import { groupBy } from './group-by.js';
import { type Place, lockFree, readPlaces } from './held-reservations.js';

/** The rows that a transaction locks. A transaction that begins anew locks more. Ids are in ascending order. */
export interface Locks {
  reservationIds: readonly number[];
  /** Groups of which all reservations are locked. */
  groupIds: ReadonlySet<number>;
  slotIds: readonly number[];
  /** Reservations that need their slot, although their change did not ask for it. */
  freeingIds: ReadonlySet<number>;
}

/** Finds, after a wait for `locks` was too long, the changes that need a row which somebody else holds now. */
export async function findHeld<One extends Change>(
  database: Database,
  { changes, locks, signal }: { changes: readonly One[]; locks: Locks; signal: AbortSignal | undefined },
): Promise<ReadonlySet<One>> {
  const places = await readPlaces(database, idsOf(changes), signal);
  const reservationIds = inLockOrder(places.map(({ reservationId }) => reservationId));
  const free = await readAsWriter(database, (tx) => lockFree(tx, { slotIds: locks.slotIds, reservationIds }), {
    signal,
  });
  const tried = new Set(locks.slotIds);
  const isHeld = ({ reservationId, slotId }: Place, needsSlot: boolean): boolean => {
    const isSlotHeld = tried.has(slotId) && !free.slotIds.has(slotId);
    return !free.reservationIds.has(reservationId) || (needsSlot && isSlotHeld);
  };
  const madeAsOne = groupBy(places, unitOf);
  const units = new Map(places.map((place) => [place.reservationId, unitOf(place)]));
  return new Set(
    changes.filter((change) => {
      const all = madeAsOne.get(units.get(change.reservationId) ?? 0) ?? [];
      const needsSlot = locksSlots(change) || all.some(({ reservationId }) => locks.freeingIds.has(reservationId));
      return all.some((place) => isHeld(place, needsSlot));
    }),
  );
}

/** Whether a change locks slots before it is decided. */
export function locksSlots({ lockSlots = 'always' }: Change): boolean {
  return lockSlots === 'always';
}

/** The ids of the reservations that are named, in ascending order. */
export function idsOf(changes: readonly Change[]): number[] {
  return inLockOrder(changes.map(({ reservationId }) => reservationId));
}

function unitOf({ groupId, reservationId }: Place): number {
  return groupId ?? reservationId;
}
