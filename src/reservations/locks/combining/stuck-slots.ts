/** How long a slot counts as stuck after it was last found so, in milliseconds. */
const STUCK_MS = 10_000;

/** Settings of {@link StuckSlots}. */
export interface StuckSlotsOptions {
  /** Called when slots were found stuck. */
  onStuck: () => void;
  /**
   * Whether all requests for stuck slots have ended. Until then, a slot stays stuck, because later requests would
   * overtake them.
   */
  isDone: () => boolean;
}

/** Slots that somebody was lately found to hold too long. */
export class StuckSlots {
  readonly #untilMs = new Map<number, number>();
  readonly #options: StuckSlotsOptions;

  constructor(options: StuckSlotsOptions) {
    this.#options = options;
  }

  add(slotIds: ReadonlySet<number>): void {
    if (slotIds.size === 0) return;
    const untilMs = performance.now() + STUCK_MS;
    for (const slotId of slotIds) this.#untilMs.set(slotId, untilMs);
    this.#options.onStuck();
  }

  has(slotId: number): boolean {
    const untilMs = this.#untilMs.get(slotId);
    if (untilMs === undefined) return false;
    if (performance.now() < untilMs || !this.#options.isDone()) return true;
    this.#untilMs.delete(slotId);
    return false;
  }
}
