import type { SlotKey } from '../generation.js';

/** A stored TIME as the plan writes it: `07:00:00` becomes `07:00`. Seconds other than 00 stay. */
export function shortTime(time: string): string {
  return time.endsWith(':00') && time.length === 8 ? time.slice(0, 5) : time;
}

/** A key as one text. The stored and the planned key of a slot give the same text. */
export function keyText(key: SlotKey): string {
  return `${key.restaurantId}|${key.date}|${shortTime(key.time)}`;
}
