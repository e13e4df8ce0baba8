import { type RequestWork, SeatsMissing, perTransaction } from './per-transaction.js';

const READ_SLOT = 'SELECT {slot.capacity} AS capacity, {slot.count} AS count FROM {slot} WHERE {slot.id} = ?';
const SET_COUNT = 'UPDATE {slot} SET {slot.count} = ?, {slot.version} = {slot.version} + 1 WHERE {slot.id} = ?';

/**
 * Reads, checks, inserts the reservation, then writes the count it computed. The insert's foreign key takes a shared
 * lock on the slot, and the update needs an exclusive lock. So two requests at once deadlock. A count that was read
 * before another's COMMIT overwrites the other's count.
 */
export const naive = perTransaction({
  name: 'naive',
  guarantees: { noOverbooking: false, noLostUpdate: false, noDeadlock: false },
  retriesConflicts: false,
  reserve: async (work) => {
    const counts = await readCounts(work);
    const reservationId = await work.writeReservation();
    await setCounts(work, counts);
    return reservationId;
  },
});

/** The counts with the request's seats added, in the order of its slots. */
export async function readCounts({ tx, located }: RequestWork): Promise<number[]> {
  const counts: number[] = [];
  for (const { slotId } of located.slots) {
    const [slot] = await tx.query<{ capacity: number; count: number }>(READ_SLOT, [slotId]);
    if (slot === undefined || slot.count + located.seats > slot.capacity) throw new SeatsMissing();
    counts.push(slot.count + located.seats);
  }
  return counts;
}

/** Writes the computed counts, whatever the current counts are. */
export async function setCounts({ tx, located }: RequestWork, counts: readonly number[]): Promise<void> {
  for (const [place, { slotId }] of located.slots.entries()) {
    await tx.execute(SET_COUNT, [counts[place]!, slotId]);
  }
}
