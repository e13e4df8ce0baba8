import { onAbort } from '../abort/on-abort.js';

/** Wakes those who wait. A notification while nobody waits is not lost. */
export class Notifier {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  constructor(signal: AbortSignal) {
    onAbort(signal, () => this.notify());
  }

  /** How often it has notified. */
  get count(): number {
    return this.#count;
  }

  notify(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves once it has notified more than `seen` times. */
  notifiedAfter(seen: number): Promise<void> {
    if (this.#count > seen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** As {@link notifiedAfter}, but no longer than `ms`. */
  async notifiedWithin(seen: number, ms: number): Promise<void> {
    if (this.#count > seen) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#waiting.add(end);
    });
  }
}
