import type { LocatedRequest } from '../../reservation.js';
import type { SeatsTaken } from './add-seats.js';

/** Most slots that are remembered. */
const MOST_SLOTS = 100_000;
/** This many times the requested seats must be free, because batches under way and other processes take seats, too. */
const MARGIN = 4;
/**
 * When a hold is shorter than this, in milliseconds, it must not wait between its INSERT and its lock. It could be due
 * before it is answered.
 */
const SHORTEST_HOLD_MS = 60_000;
/**
 * After seats of a slot were given back, its reservations are not inserted first for this time, in milliseconds. When a
 * member comes back before the server has removed the old index entry, the INSERT locks the entries beside it. Those
 * may belong to somebody who cancels.
 */
const DISTRUST_MS = 60_000;

/**
 * Free seats of slots, as this process last saw them with the slots locked, less the seats it took since. Others may
 * have taken seats or given some back.
 */
export class SeatsSeen {
  readonly #free = new Map<number, number>();
  readonly #distrustedUntilMs = new Map<number, number>();

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

  /** For a while, no request for these slots is sure. */
  distrust(slotIds: readonly number[]): void {
    const untilMs = performance.now() + DISTRUST_MS;
    for (const slotId of slotIds) {
      // Keeps the map in the order of the ends, the first to end first.
      this.#distrustedUntilMs.delete(slotId);
      this.#distrustedUntilMs.set(slotId, untilMs);
    }
  }

  /**
   * The sure ones of `requests`: their slots had plenty of seats for them and all earlier ones. When a request is not
   * sure, no later one for the same slot is sure.
   */
  sureOf(requests: readonly LocatedRequest[]): LocatedRequest[] {
    this.#dropOldDistrust();
    const asked = new Map<number, number>();
    const unsure = new Set<number>();
    const isSure = (slotId: number): boolean =>
      asked.get(slotId)! * MARGIN <= (this.#free.get(slotId) ?? 0) &&
      !this.#distrustedUntilMs.has(slotId) &&
      !unsure.has(slotId);
    return requests.filter(({ slots, seats, holdTtlMs }) => {
      for (const { slotId } of slots) asked.set(slotId, (asked.get(slotId) ?? 0) + seats);
      const isLong = holdTtlMs === null || holdTtlMs >= SHORTEST_HOLD_MS;
      if (isLong && slots.every(({ slotId }) => isSure(slotId))) return true;
      for (const { slotId } of slots) unsure.add(slotId);
      return false;
    });
  }

  #dropOldDistrust(): void {
    for (const [slotId, untilMs] of this.#distrustedUntilMs) {
      if (untilMs > performance.now()) return;
      this.#distrustedUntilMs.delete(slotId);
    }
  }
}
