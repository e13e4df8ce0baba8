import type { Tally } from '../tally.js';

/** The payments on which the provider disagrees. Each is reported once, however often it is looked at. */
export class Mismatches {
  readonly #told = new Set<number>();
  readonly #tally: Tally;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  has(reservationId: number): boolean {
    return this.#told.has(reservationId);
  }

  /** Counts the payment as left, for an operator. */
  async tell(reservationId: number, why: string): Promise<void> {
    if (this.#told.has(reservationId)) return;
    this.#told.add(reservationId);
    const text = `${why}: an operator compares both`;
    await this.#tally.add({ name: 'payment-mismatch', key: reservationId, end: 'left', text });
  }
}
