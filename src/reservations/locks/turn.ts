/** A batch's place behind the one before it: each of the two steps is taken by one batch after the other. */
export interface Turn {
  /** Resolves when the batch before has inserted its rows, or has ended. */
  mayInsert: Promise<void>;
  /** To be called once this batch has inserted its rows. */
  hasInserted: () => void;
  /** Resolves when the batch before holds the locks of its slots, or has ended. */
  mayLock: Promise<void>;
  /** To be called once this batch holds the locks of its slots. */
  hasLocked: () => void;
}

/** Hands out the places of a lane's batches. */
export class Turns {
  #lastInserted: Promise<void> = Promise.resolve();
  #lastLocked: Promise<void> = Promise.resolve();

  /** The next place; whoever takes it calls both functions at last, in whatever order. */
  take(): Turn {
    const [mayInsert, mayLock] = [this.#lastInserted, this.#lastLocked];
    let hasInserted = (): void => {};
    let hasLocked = (): void => {};
    this.#lastInserted = new Promise((resolve) => (hasInserted = resolve));
    this.#lastLocked = new Promise((resolve) => (hasLocked = resolve));
    return { mayInsert, hasInserted, mayLock, hasLocked };
  }
}
