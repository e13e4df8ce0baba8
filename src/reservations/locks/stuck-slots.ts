/** How long a slot counts as stuck after it was last found locked, in milliseconds. */
const STUCK_MS = 10_000;

/** Slots that somebody holds for longer than anybody should, as they were found of late. */
export class StuckSlots {
  readonly #untilMs = new Map<number, number>();

  add(slotIds: Iterable<number>): void {
    const untilMs = performance.now() + STUCK_MS;
    for (const slotId of slotIds) this.#untilMs.set(slotId, untilMs);
  }

  has(slotId: number): boolean {
    const untilMs = this.#untilMs.get(slotId);
    if (untilMs === undefined) return false;
    if (performance.now() < untilMs) return true;
    this.#untilMs.delete(slotId);
    return false;
  }
}
