/** A batch's place behind the one before it: each step is taken by one batch after the other. */
export interface Turn {
  /** Resolves when all batches before have inserted their rows, or have ended. */
  mayInsert: Promise<void>;
  /** To be called once this batch has inserted its rows. */
  hasInserted: () => void;
  /**
   * Resolves when all batches before have ended: who came first is through, and no lock is waited for that this queue
   * holds itself.
   */
  mayLock: Promise<void>;
  /** To be called once this batch has ended, however it did: it inserts nothing more then. */
  hasEnded: () => void;
}

/** Hands out the places of a queue's batches. */
export class Turns {
  #lastInserted: Promise<void> = Promise.resolve();
  #lastEnded: Promise<void> = Promise.resolve();

  /**
   * The next place. Whoever takes it calls `hasEnded` at last; a step is not passed on before it was this batch's own.
   */
  take(): Turn {
    const [mayInsert, mayLock] = [this.#lastInserted, this.#lastEnded];
    let hasInserted = (): void => {};
    let isOver = (): void => {};
    this.#lastInserted = new Promise((resolve) => (hasInserted = () => void mayInsert.then(resolve)));
    this.#lastEnded = new Promise((resolve) => (isOver = () => void mayLock.then(resolve)));
    const hasEnded = (): void => {
      hasInserted();
      isOver();
    };
    return { mayInsert, hasInserted, mayLock, hasEnded };
  }
}
