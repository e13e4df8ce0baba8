import type { LocatedRequest } from '../../reservation.js';
import type { SeatsTaken } from './add-seats.js';

/** Slots remembered at most. */
const MOST_SLOTS = 100_000;
/** So many times what is asked for must be free: the batches under way take some of it, and so do other processes. */
const MARGIN = 4;
/**
 * Holds shorter than this, in milliseconds, must not wait between their INSERT and their lock: they would be due before
 * they are answered.
 */
const SHORTEST_HOLD_MS = 60_000;
/**
 * How long after seats of a slot were given back its reservations are not inserted first, in milliseconds: until the
 * server has cleared away the old entry of a member who comes back, inserting locks the entries beside it, which may be
 * those of somebody who cancels.
 */
const DISTRUST_MS = 60_000;

/**
 * Free seats of slots, as this process last saw them with the slots locked, without what it took since. Others may have
 * taken seats, or given some back.
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

  /** For a while nothing is sure of these slots. */
  distrust(slotIds: readonly number[]): void {
    const untilMs = performance.now() + DISTRUST_MS;
    for (const slotId of slotIds) {
      // In the order of their ends, the first to end first.
      this.#distrustedUntilMs.delete(slotId);
      this.#distrustedUntilMs.set(slotId, untilMs);
    }
  }

  /**
   * Those of `requests` whose slots had plenty of seats for them and all before them; none that comes behind one that
   * is not sure of the same slot.
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
