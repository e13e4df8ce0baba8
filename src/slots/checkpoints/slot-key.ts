import type { SlotKey } from '../generation.js';

/** A stored TIME as the plan writes it: `07:00:00` becomes `07:00`; odd seconds stay. */
export function shortTime(time: string): string {
  return time.endsWith(':00') && time.length === 8 ? time.slice(0, 5) : time;
}

/** A key as one comparable text; stored and planned keys of the same slot give the same text. */
export function keyText(key: SlotKey): string {
  return `${key.restaurantId}|${key.date}|${shortTime(key.time)}`;
}
