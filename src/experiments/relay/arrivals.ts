import { TablepickError } from '../../errors.js';

/** Messages that are on their way, and when they arrive. */
export class Arrivals {
  readonly #awaited = new Map<string, { arrived: (atMs: number) => void; failed: (error: Error) => void }>();

  /** Resolves with when the message arrived, by `performance.now()`; to be called before it is sent. */
  expect(id: string): Promise<number> {
    return new Promise((arrived, failed) => this.#awaited.set(id, { arrived, failed }));
  }

  /** Notes that it arrived; only the first time counts. */
  note(id: string | undefined): void {
    if (id === undefined) return;
    this.#awaited.get(id)?.arrived(performance.now());
    this.#awaited.delete(id);
  }

  /** Fails whoever waits longer than `ms` from now; the returned function calls that off. */
  giveUpAfter(ms: number): () => void {
    const giveUp = (): void => {
      const error = new TablepickError('QUERY_FAILED', `${this.#awaited.size} messages did not arrive`, {
        hint: 'see whether the transport is there',
      });
      for (const { failed } of this.#awaited.values()) failed(error);
    };
    const timer = setTimeout(giveUp, ms);
    return () => clearTimeout(timer);
  }
}
