import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { ReservationRequest } from '../../reservations/index.js';
import { type Pace, judgeBacklog } from './judge-backlog.js';
import { paceWindowMs, readSagaBacklog } from './read-backlog.js';

/** Settings of {@link refuseInTime}. */
export interface RefuseInTimeOptions {
  /** The reservation service's database. */
  database: Database;
  /** With fewer reservations that wait for their payment, none is refused. Default 1000. */
  leastWaiting?: number | undefined;
}

/** How often the database is looked at while there are requests, in milliseconds. */
const lookEveryMs = 1000;
/** Figures that are older say nothing. */
const outdatedMs = 5000;

/**
 * Refuses holds that would run out before they can be paid: for `admit` of `createReservations`. A request is refused
 * when what waits for payment, settled at the pace of the last ten seconds, takes longer than its hold lasts. While
 * the pace is not known, nothing is refused: at the beginning of a rush, with few that wait, or when the database does
 * not tell. Requests without a hold are never refused.
 *
 * It reads the database once a second at most, while there are requests, and no request waits for that.
 *
 * @example
 * const admit = refuseInTime({ database });
 * const reservations = createReservations({ database, recordChanges: recordSaga(), admit });
 */
export function refuseInTime(options: RefuseInTimeOptions): (request: ReservationRequest) => void {
  const watch = new BacklogWatch(options);
  return ({ holdTtlMs }) => watch.admit(holdTtlMs);
}

class BacklogWatch {
  readonly #database: Database;
  readonly #leastWaiting: number;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  /** Since when every look has found enough that waits; null when the last one did not. */
  #busySinceMs: number | null = null;
  #pace: Pace | undefined;

  constructor({ database, leastWaiting = 1000 }: RefuseInTimeOptions) {
    this.#database = database;
    this.#leastWaiting = leastWaiting;
  }

  admit(holdTtlMs: number | undefined): void {
    if (holdTtlMs === undefined) return;
    const ageMs = performance.now() - this.#lookedAtMs;
    if (ageMs >= lookEveryMs && !this.#isLooking) void this.#look();
    if (this.#pace === undefined || ageMs > outdatedMs) return;
    const retryAfterSeconds = judgeBacklog(this.#pace, holdTtlMs);
    if (retryAfterSeconds !== undefined) throw tooLong(this.#pace, retryAfterSeconds);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const atMs = performance.now();
    try {
      const busyMs = this.#busySinceMs === null ? 0 : atMs - this.#busySinceMs;
      const windowMs = Math.min(paceWindowMs, Math.max(lookEveryMs, busyMs));
      const { waiting, settledPerSecond } = await readSagaBacklog(this.#database, windowMs);
      const isBusy = waiting >= this.#leastWaiting;
      this.#busySinceMs = isBusy ? (this.#busySinceMs ?? atMs) : null;
      this.#pace = isBusy ? { waiting, settledPerSecond, busyMs } : undefined;
    } catch {
      // Whoever reserves now hears of the failure. Without figures, nothing is refused.
      this.#pace = undefined;
      this.#busySinceMs = null;
    } finally {
      this.#lookedAtMs = performance.now();
      this.#isLooking = false;
    }
  }
}

function tooLong({ waiting, settledPerSecond }: Pace, retryAfterSeconds: number): TablepickError {
  const pace = `${waiting} reservations wait for their payment, ${settledPerSecond.toFixed(1)} a second are settled`;
  return new TablepickError('BACKLOG_TOO_LONG', `${pace}: this one could not be paid before its hold ends`, {
    retriable: true,
    retryAfterSeconds,
    hint: `nothing was begun: ask again with the same key in ${retryAfterSeconds} s`,
  });
}
