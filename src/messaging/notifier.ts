import { onAbort } from '../abort/on-abort.js';

/** Wakes who waits; one that rings while nobody waits is not lost. */
export class Bell {
  #count = 0;
  readonly #waiting = new Set<() => void>();

  constructor(signal: AbortSignal) {
    onAbort(signal, () => this.ring());
  }

  /** How often it rang. */
  get count(): number {
    return this.#count;
  }

  ring(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves once it has rung more than `heard` times. */
  rungAfter(heard: number): Promise<void> {
    if (this.#count > heard) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** As {@link rungAfter}, but no longer than `ms`. */
  async rungWithin(heard: number, ms: number): Promise<void> {
    if (this.#count > heard) return;
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
