/** The two ways of serving a request: in a transaction of its own, or in one with others. */
export type Route = 'alone' | 'together';

/** Requests in one window. After a window, the other way may be tried, or a trial is judged. */
const WINDOW = 64;
/**
 * Windows on the better way between two trials of the other way. This bounds the share of requests that a trial may
 * slow down.
 */
const WINDOWS_BETWEEN_TRIALS = 16;
/** A trial must be faster by this share. Less is noise. */
const MUST_WIN_BY = 0.05;

/**
 * Decides by measured response times whether requests on quiet slots are served alone or together. From time to time,
 * one window of requests goes the other way. Of two neighbouring windows, the way with the lower median response time
 * is used next.
 */
export class RouteChooser {
  #better: Route = 'alone';
  #isTrial = false;
  #windows = 0;
  #times: number[] = [];
  #lastMedian = Number.POSITIVE_INFINITY;

  /** The way to take now. */
  get route(): Route {
    if (!this.#isTrial) return this.#better;
    return other(this.#better);
  }

  /**
   * Records the time of a request that went by `route`, in milliseconds. When it went by another way than the current
   * one, it does not count.
   */
  record(route: Route, responseMs: number): void {
    if (route !== this.route) return;
    this.#times.push(responseMs);
    if (this.#times.length === WINDOW) this.#closeWindow();
  }

  #closeWindow(): void {
    const middle = this.#times.toSorted((a, b) => a - b)[WINDOW / 2]!;
    this.#times = [];
    if (this.#isTrial) {
      this.#isTrial = false;
      this.#windows = 0;
      if (middle < this.#lastMedian * (1 - MUST_WIN_BY)) this.#better = other(this.#better);
      return;
    }
    this.#lastMedian = middle;
    this.#windows += 1;
    this.#isTrial = this.#windows >= WINDOWS_BETWEEN_TRIALS;
  }
}

function other(route: Route): Route {
  return route === 'alone' ? 'together' : 'alone';
}
