import type { Claim } from '../reservation.js';
import type { SeatsTaken } from './add-seats.js';

/** Slots remembered at most. */
const MOST_SLOTS = 100_000;
/** So many times what is asked for must be free: the batches under way take some of it, and so do other processes. */
const MARGIN = 4;

/** Free seats of slots, as this process last saw them with the slots locked, without what it took since. Others may have taken seats, or given some back. */
export class SeatsSeen {
  readonly #free = new Map<number, number>();

  see(slotId: number, free: number): void {
    if (this.#free.size === MOST_SLOTS) this.#free.clear();
    this.#free.set(slotId, free);
  }

  take(taken: SeatsTaken): void {
    for (const [slotId, seats] of taken) {
      const free = this.#free.get(slotId);
      if (free !== undefined) this.#free.set(slotId, free - seats);
    }
  }

  /** Those of `claims` whose slots had plenty of seats for them and all before them. */
  sureOf(claims: readonly Claim[]): Claim[] {
    const asked = new Map<number, number>();
    return claims.filter(({ slots, seats }) => {
      for (const { slotId } of slots) asked.set(slotId, (asked.get(slotId) ?? 0) + seats);
      return slots.every(({ slotId }) => asked.get(slotId)! * MARGIN <= (this.#free.get(slotId) ?? 0));
    });
  }
}
