import { LoadTally } from './load-tally.js';
import type { LoadExtent, LoadRecord, LoadRequest } from './load-tally.js';
import { seededRandom } from './random.js';
import { sleepUntil } from './sleep-until.js';

/** How requests arrive, whether or not earlier requests have ended. */
export interface Arrivals {
  ratePerSecond: number;
  /** `exponential`: like independent people; `fixed`: evenly. */
  spacing: 'exponential' | 'fixed';
  seed: number;
}

/** Requests that arrive at a rate of their own. */
export interface OpenLoad {
  arrivals: Arrivals;
  extent: LoadExtent;
  /** Most requests under way, 1 or more. A request that is due beyond that waits, and its wait is counted. */
  mostInFlight: number;
  /** The time at which the load begins, by `performance.now()`: now or later. */
  beginMs: number;
  request: LoadRequest;
}

/**
 * Runs an open load. A request is sent when it is due, up to a millisecond late because of the timer, or when a place
 * among those in flight is free. `sinceIntended` counts from the time at which a request was due, so that a server that
 * stalls cannot hide how long requests waited. With a duration, requests that are due without a place at its end are
 * `unsent`. Those under way are awaited.
 */
export async function runOpenLoad(load: OpenLoad): Promise<LoadRecord> {
  const { beginMs, extent } = load;
  const tally = new LoadTally(beginMs);
  const flights = new Flights(load.mostInFlight);
  const endMs = 'durationMs' in extent ? beginMs + extent.durationMs : Number.POSITIVE_INFINITY;
  let sequence = 0;
  for (const offsetMs of arrivalTimes(load.arrivals)) {
    const intendedMs = beginMs + offsetMs;
    if ('requests' in extent ? sequence >= extent.requests : intendedMs >= endMs) break;
    await sleepUntil(intendedMs);
    await flights.place();
    const sentMs = performance.now();
    const call = { client: 0, sequence: sequence++ };
    if (sentMs >= endMs) tally.addUnsent(endMs - intendedMs);
    else flights.add(send(load.request, call, { tally, intendedMs, sentMs }));
  }
  await flights.landed();
  return tally.toRecord();
}

/** The times at which the requests of an open load are due, in milliseconds since its start; without end. */
export function* arrivalTimes({ ratePerSecond, spacing, seed }: Arrivals): Generator<number> {
  const random = seededRandom(seed);
  const meanMs = 1000 / ratePerSecond;
  for (let dueMs = 0; ; dueMs += spacing === 'fixed' ? meanMs : -Math.log(1 - random()) * meanMs) yield dueMs;
}

async function send(
  request: LoadRequest,
  call: Parameters<LoadRequest>[0],
  { tally, intendedMs, sentMs }: { tally: LoadTally; intendedMs: number; sentMs: number },
): Promise<void> {
  const answer = await request(call);
  tally.add(answer, { intendedMs, sentMs, answeredMs: performance.now() });
}

/** A limited number of requests under way. */
class Flights {
  readonly #most: number;
  readonly #underWay = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when one more request may be sent. Rejects with the error of an earlier request. */
  async place(): Promise<void> {
    while (this.#underWay.size >= this.#most) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure) throw this.#failure.error;
  }

  add(flight: Promise<void>): void {
    const landed = flight
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => {
        this.#underWay.delete(landed);
        this.#wake?.();
      });
    this.#underWay.add(landed);
  }

  async landed(): Promise<void> {
    await Promise.all(this.#underWay);
    if (this.#failure) throw this.#failure.error;
  }
}
