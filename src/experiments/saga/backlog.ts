import type { BacklogSample } from '../../bench/load/load-result.js';
import { thinSamples } from '../../bench/measure-process.js';

const samplesKept = 120;

/** Counts the reservations that are made and not confirmed, now and over time. */
export class Backlog {
  readonly #beginMs: number;
  readonly #samples: BacklogSample[] = [];
  readonly #timer: NodeJS.Timeout;
  #waiting = 0;

  /** @param beginMs When the run begins, by `performance.now()`. */
  constructor(beginMs: number, intervalMs = 100) {
    this.#beginMs = beginMs;
    this.#timer = setInterval(() => this.#take(), intervalMs);
  }

  /** Counts reservations that were made. */
  reserved(count: number): void {
    this.#waiting += count;
  }

  /** Counts reservations that were confirmed. */
  confirmed(count: number): void {
    this.#waiting -= count;
  }

  /** Stops counting. Returns the samples, evenly thinned. */
  stop(): BacklogSample[] {
    clearInterval(this.#timer);
    this.#take();
    return thinSamples(this.#samples, samplesKept);
  }

  #take(): void {
    const atSeconds = Math.max(0, (performance.now() - this.#beginMs) / 1000);
    this.#samples.push({ atSeconds, waiting: this.#waiting });
  }
}
