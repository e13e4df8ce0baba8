import { type ClaimWork, SeatsMissing, perTransaction } from './per-transaction.js';

const READ_SLOT = 'SELECT {slot.capacity} AS capacity, {slot.count} AS count FROM {slot} WHERE {slot.id} = ?';
const SET_COUNT = 'UPDATE {slot} SET {slot.count} = ?, {slot.version} = {slot.version} + 1 WHERE {slot.id} = ?';

/**
 * Reads, checks, inserts the reservation, then writes the count it computed. The insert's foreign key takes a shared lock on the slot and the update
 * wants an exclusive one, so two at once deadlock; a count read before another's commit overwrites it.
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

/** The counts with the claim's seats added, in the order of its slots. */
export async function readCounts({ tx, claim, tools }: ClaimWork): Promise<number[]> {
  const counts: number[] = [];
  for (const { slotId } of claim.slots) {
    const [slot] = await tx.query<{ capacity: number; count: number }>(tools.database.sql(READ_SLOT), [slotId]);
    if (slot === undefined || slot.count + claim.seats > slot.capacity) throw new SeatsMissing();
    counts.push(slot.count + claim.seats);
  }
  return counts;
}

/** Writes counts that were computed here, whatever stands there by now. */
export async function setCounts({ tx, claim, tools }: ClaimWork, counts: readonly number[]): Promise<void> {
  for (const [place, { slotId }] of claim.slots.entries()) {
    await tx.execute(tools.database.sql(SET_COUNT), [counts[place]!, slotId]);
  }
}
