/**
 * Who in this process wants to know at once that there is something to do. It does not say on which database: looking
 * costs one query.
 */
export class Wake {
  readonly #waiting = new Set<() => void>();

  notify(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Calls `wake` each time it notifies; the returned function ends it. */
  on(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => void this.#waiting.delete(wake);
  }
}

/** Rings when a transaction that appended to an outbox was committed. */
export const outboxWake = new Wake();

/** Rings when messages were published to the tables of the database transport. */
export const publishWake = new Wake();
