import type { Database } from '../../database/index.js';
import { resetScratchSchema } from './scratch-schema.js';

/** Seats of a slot that no run sells out. */
export const endlessCapacity = 1_000_000_000;

const slotsPerRestaurant = 16;
const firstHour = 7;
const slotsPerInsert = 1000;
/** Days until the slots begin, so that no slot begins while it is measured. */
const daysAhead = 30;

const INSERT_SLOTS = `INSERT INTO {slot} ({slot.id}, {slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity}) VALUES `;
const EMPTY_RESERVATIONS = 'TRUNCATE TABLE {reservation}';
const EMPTY_FENCES = 'TRUNCATE TABLE slot_fence';
const EMPTY_OUTBOX = 'TRUNCATE TABLE outbox';
const FREE_SLOTS = `UPDATE {slot} SET {slot.count} = 0, {slot.version} = 0, {slot.capacity} = ?
  WHERE {slot.count} <> 0 OR {slot.version} <> 0 OR {slot.capacity} <> ?`;

/** Creates the tables again, with slots 1 to `slots` and one more for the warm-up. */
export async function createSlots(database: Database, slots: number, capacity: number): Promise<void> {
  await resetScratchSchema(database, restaurantOf(slots + 1));
  const date = new Date(Date.now() + daysAhead * 86_400_000).toISOString().slice(0, 10);
  await database.session(async (session) => {
    for (let first = 1; first <= slots + 1; first += slotsPerInsert) {
      const last = Math.min(slots + 1, first + slotsPerInsert - 1);
      const rows = Array.from({ length: last - first + 1 }, (_, index) => slotRow(first + index, date, capacity));
      await session.execute(INSERT_SLOTS + rows.map(() => '(?, ?, ?, ?, ?)').join(', '), rows.flat());
    }
  });
}

/** Removes all reservations and their messages, so that every run starts with the same slots. */
export async function emptySlots(database: Database, capacity: number): Promise<void> {
  await database.session(async (session) => {
    await session.execute(EMPTY_RESERVATIONS);
    await session.execute(EMPTY_FENCES);
    await session.execute(EMPTY_OUTBOX);
    await session.execute(FREE_SLOTS, [capacity, capacity]);
  });
}

/** The restaurant of a slot that {@link createSlots} made. */
export function restaurantOf(slotId: number): number {
  return Math.ceil(slotId / slotsPerRestaurant);
}

function slotRow(slotId: number, date: string, capacity: number): [number, number, string, string, number] {
  const hour = firstHour + ((slotId - 1) % slotsPerRestaurant);
  return [slotId, restaurantOf(slotId), date, `${String(hour).padStart(2, '0')}:00`, capacity];
}
