/**
 * Wakes listeners of this process at once when there is work. It does not name the database, because a look costs only
 * one query.
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

/** Notifies when a transaction that appended to an outbox was committed. */
export const outboxWake = new Wake();

/** Notifies when messages were published to the tables of the database transport. */
export const publishWake = new Wake();
