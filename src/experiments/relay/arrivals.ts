import { TablepickError } from '../../errors.js';

interface Awaited {
  arrived: (atMs: number) => void;
  failed: (error: Error) => void;
}

/** Things that are expected to arrive, and the times of their arrival. */
export class Arrivals {
  readonly #awaited = new Map<string, Awaited>();
  /** Things that arrived before they were expected. */
  readonly #early = new Map<string, number>();

  /** Resolves with the time of the arrival, by `performance.now()`. The arrival may be in the past. */
  expect(id: string): Promise<number> {
    const atMs = this.#early.get(id);
    if (atMs !== undefined) {
      this.#early.delete(id);
      return Promise.resolve(atMs);
    }
    return new Promise((arrived, failed) => this.#awaited.set(id, { arrived, failed }));
  }

  /** Notes an arrival. */
  note(id: string): void {
    const awaited = this.#awaited.get(id);
    if (awaited === undefined) return void this.#early.set(id, performance.now());
    this.#awaited.delete(id);
    awaited.arrived(performance.now());
  }

  /** After `ms`, fails every promise that still waits. The returned function cancels this. */
  giveUpAfter(ms: number): () => void {
    const giveUp = (): void => {
      const error = new TablepickError('QUERY_FAILED', `${this.#awaited.size} of what was sent did not arrive`, {
        hint: 'see whether database and transport are there',
      });
      for (const { failed } of this.#awaited.values()) failed(error);
    };
    const timer = setTimeout(giveUp, ms);
    return () => clearTimeout(timer);
  }
}
