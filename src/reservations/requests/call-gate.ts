import { TablepickError } from '../../errors.js';

/** Lets calls pass until it is closed, and knows when the last call has ended. */
export class CallGate {
  #underWay = 0;
  #isClosed = false;
  #ended: (() => void)[] = [];

  /**
   * Runs `call`.
   *
   * @throws `ABORTED` when the gate is closed; what `call` throws.
   */
  async pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new TablepickError('ABORTED', 'the reservations were closed; nothing was written');
    this.#underWay += 1;
    try {
      return await call();
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const tell of this.#ended.splice(0)) tell();
    }
  }

  /** Lets no more calls pass. Resolves when all calls have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#underWay > 0) await new Promise<void>((ended) => this.#ended.push(ended));
  }
}
