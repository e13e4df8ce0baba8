import type { Random } from '../../bench/load/random.js';

/** How requests spread over slots 1 to `slots`. */
export interface SlotSpread {
  slots: number;
  /**
   * Share of the requests that ask for slot 1, 0–1. The others spread evenly over the other slots. Null: evenly over
   * all.
   */
  hotShare: number | null;
  random: Random;
}

/** Returns a function that gives the slot of each next request. */
export function chooseSlots({ slots, hotShare, random }: SlotSpread): () => number {
  if (slots === 1) return () => 1;
  if (hotShare === null) return () => 1 + Math.floor(slots * random());
  return () => (random() < hotShare ? 1 : 2 + Math.floor((slots - 1) * random()));
}
