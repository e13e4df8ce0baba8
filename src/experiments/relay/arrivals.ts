import { TablepickError } from '../../errors.js';

interface Awaited {
  arrived: (atMs: number) => void;
  failed: (error: Error) => void;
}

/** Things that are on their way, and when they arrive. */
export class Arrivals {
  readonly #awaited = new Map<string, Awaited>();
  /** What arrived before it was expected. */
  readonly #early = new Map<string, number>();

  /** Resolves with when it arrives, or arrived, by `performance.now()`. */
  expect(id: string): Promise<number> {
    const atMs = this.#early.get(id);
    if (atMs !== undefined) {
      this.#early.delete(id);
      return Promise.resolve(atMs);
    }
    return new Promise((arrived, failed) => this.#awaited.set(id, { arrived, failed }));
  }

  /** Notes that it has arrived. */
  note(id: string): void {
    const awaited = this.#awaited.get(id);
    if (awaited === undefined) return void this.#early.set(id, performance.now());
    this.#awaited.delete(id);
    awaited.arrived(performance.now());
  }

  /** Fails whoever waits `ms` from now on; the returned function calls that off. */
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
