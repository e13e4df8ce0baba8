/** The two ways of serving a request: in a transaction of its own, or in one with others. */
export type Route = 'alone' | 'together';

/** Requests timed before the other way is tried, or the trial is judged. */
const WINDOW = 64;
/** Windows on the better way between two trials of the other one: what a trial may cost is a share of one in these. */
const WINDOWS_BETWEEN_TRIALS = 16;
/** A trial must win by this much; less is noise. */
const MUST_WIN_BY = 0.05;

/**
 * Decides for requests on quiet slots, by measured response times, whether they are served alone or together. From time
 * to time one window of requests goes the other way; the way with the lower median response time of two neighbouring
 * windows goes on.
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
   * Tells how long a request took that went by `route`, in milliseconds; one that was sent before the window began does
   * not count.
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
