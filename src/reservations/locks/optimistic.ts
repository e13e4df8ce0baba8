import { TablepickError } from '../../errors.js';
import { type RequestWork, SeatsMissing, perTransaction } from './per-transaction.js';

const READ_SLOT = `SELECT {slot.capacity} AS capacity, {slot.count} AS count, {slot.version} AS version
  FROM {slot} WHERE {slot.id} = ?`;
const COMPARE_AND_SET = `UPDATE {slot} SET {slot.count} = {slot.count} + ?, {slot.version} = {slot.version} + 1
  WHERE {slot.id} = ? AND {slot.version} = ?`;

/**
 * Reads the slot's version and takes the seats only when the version is still the same. Otherwise it does all of it
 * again, after a wait.
 */
export const optimistic = perTransaction({
  name: 'optimistic',
  guarantees: { noOverbooking: true, noLostUpdate: true, noDeadlock: true },
  reserve: async (work) => {
    for (const { slotId } of work.located.slots) await takeSeats(work, slotId);
    return work.writeReservation();
  },
});

async function takeSeats({ tx, located }: RequestWork, slotId: number): Promise<void> {
  const [slot] = await tx.query<{ capacity: number; count: number; version: number }>(READ_SLOT, [slotId]);
  if (slot === undefined || slot.count + located.seats > slot.capacity) throw new SeatsMissing();
  const { affectedRows } = await tx.execute(COMPARE_AND_SET, [located.seats, slotId, slot.version]);
  if (affectedRows === 1) return;
  throw new TablepickError('CONFLICT', `slot ${slotId} was changed since version ${slot.version} was read`, {
    retriable: true,
  });
}
