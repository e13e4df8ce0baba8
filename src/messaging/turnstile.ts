/** Lets one through at a time, in the order they came. */
export class Turnstile {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all who came before are through; a failure is the caller's alone. */
  pass<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}
