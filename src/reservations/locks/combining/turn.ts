/** A batch's place behind the batch before it. Batches take each step one after another. */
export interface Turn {
  /** Resolves when all batches before have inserted their rows, or have ended. */
  mayInsert: Promise<void>;
  /** Call it once this batch has inserted its rows. */
  hasInserted: () => void;
  /**
   * Resolves when all batches before have ended. Earlier requests are done, and the batch waits for no lock that its
   * own queue holds.
   */
  mayLock: Promise<void>;
  /** Call it once this batch has ended, also after a failure. Then it inserts nothing more. */
  hasEnded: () => void;
}

/** Hands out the places of a queue's batches. */
export class Turns {
  #lastInserted: Promise<void> = Promise.resolve();
  #lastEnded: Promise<void> = Promise.resolve();

  /** The next place. Its batch must call `hasEnded` at last. A step is passed on only after it was this batch's own. */
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
