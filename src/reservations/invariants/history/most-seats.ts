/** Seats held from one moment to another, both included, in milliseconds. Either end may be infinite. */
export interface Holding {
  fromMs: number;
  toMs: number;
  seats: number;
}

/**
 * Finds the most seats that some holdings take at one moment within a span. A sweep over the ends of the holdings makes
 * the steps. A tree of maxima over the steps answers in logarithmic time.
 */
export class MostSeats {
  /** Moments at which the sum changes, ascending. */
  readonly #moments: Float64Array;
  /** The sum from each of these moments on is the second half. The first half is the tree above it. */
  readonly #tree: Float64Array;

  constructor(holdings: readonly Holding[]) {
    const steps = sweep(holdings);
    this.#moments = Float64Array.from(steps, ({ atMs }) => atMs);
    const leaves = steps.length;
    this.#tree = new Float64Array(2 * leaves);
    for (const [step, { seats }] of steps.entries()) this.#tree[leaves + step] = seats;
    for (let node = leaves - 1; node > 0; node -= 1)
      this.#tree[node] = Math.max(this.#at(2 * node), this.#at(2 * node + 1));
  }

  /** The most seats taken at once within the span, both ends included. */
  within(fromMs: number, toMs: number): number {
    const leaves = this.#moments.length;
    // The step before the span also covers its beginning. A holding that ends at that moment is still held.
    let left = leaves + Math.max(0, this.#count((moment) => moment < fromMs) - 1);
    let right = leaves + this.#count((moment) => moment <= toMs);
    let most = 0;
    for (; left < right; left >>= 1, right >>= 1) {
      if (left & 1) most = Math.max(most, this.#at(left++));
      if (right & 1) most = Math.max(most, this.#at(--right));
    }
    return most;
  }

  #at(node: number): number {
    return this.#tree[node] ?? 0;
  }

  /** How many of the ascending moments are early enough. */
  #count(isEarly: (moment: number) => boolean): number {
    let low = 0;
    let high = this.#moments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isEarly(this.#moments[middle] ?? 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface Step {
  atMs: number;
  seats: number;
}

/** The sums after each end. At one moment, beginnings come first, so that holdings which touch are held at once. */
function sweep(holdings: readonly Holding[]): Step[] {
  const ends = holdings.flatMap(({ fromMs, toMs, seats }): Step[] => [
    { atMs: fromMs, seats },
    { atMs: toMs, seats: -seats },
  ]);
  ends.sort((a, b) => compare(a.atMs, b.atMs) || b.seats - a.seats);
  let seats = 0;
  return ends.map((end) => ({ atMs: end.atMs, seats: (seats += end.seats) }));
}

/** Two equal infinities have no useful difference (NaN), so they are compared first. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
