import { LatencyHistogram } from './latency-histogram.js';
import type { LatencyRecord } from './latency-histogram.js';

/** When a load ends: after a number of requests, or when its duration is over. */
export type LoadExtent = { requests: number } | { durationMs: number };

/** One request of a load. */
export interface LoadCall {
  /** 0, 1, … */
  client: number;
  /** 0, 1, … over all clients. */
  sequence: number;
}

/** Sends one request and resolves with a short name of its answer. A rejection ends the load. */
export type LoadRequest = (call: LoadCall) => Promise<string>;

/** The measurements of a load; plain data. */
export interface LoadRecord {
  /** Number of answers of each kind. */
  answers: Record<string, number>;
  /** From the start of the load to the last answer. */
  seconds: number;
  /** From sending a request to its answer. */
  serviceTime: LatencyRecord;
  /** From the time at which a request was due to its answer, with the wait for a place among those in flight. */
  sinceIntended: LatencyRecord;
  /**
   * Requests that were due and found no place before the end. `sinceIntended` contains their waits. 0 in a closed load.
   */
  unsent: number;
}

/** When a request was due, sent and answered, by `performance.now()`. */
export interface RequestTimes {
  intendedMs: number;
  sentMs: number;
  answeredMs: number;
}

/** Collects the answers of one load. */
export class LoadTally {
  readonly #beginMs: number;
  readonly #answers = new Map<string, number>();
  readonly #serviceTime = new LatencyHistogram();
  readonly #sinceIntended = new LatencyHistogram();
  #lastMs: number;
  #unsent = 0;

  /** @param beginMs When the load begins, by `performance.now()`. */
  constructor(beginMs: number) {
    this.#beginMs = beginMs;
    this.#lastMs = beginMs;
  }

  /** Counts an answer. */
  add(answer: string, { intendedMs, sentMs, answeredMs }: RequestTimes): void {
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
    this.#serviceTime.record((answeredMs - sentMs) * 1000);
    this.#sinceIntended.record((answeredMs - intendedMs) * 1000);
    this.#lastMs = Math.max(this.#lastMs, answeredMs);
  }

  /** Counts a request that was due and never sent. */
  addUnsent(waitedMs: number): void {
    this.#unsent += 1;
    this.#sinceIntended.record(waitedMs * 1000);
  }

  /** The collected measurements. */
  toRecord(): LoadRecord {
    return {
      answers: Object.fromEntries(this.#answers),
      seconds: (this.#lastMs - this.#beginMs) / 1000,
      serviceTime: this.#serviceTime.toRecord(),
      sinceIntended: this.#sinceIntended.toRecord(),
      unsent: this.#unsent,
    };
  }
}

/**
 * Merges the records of processes that began at the same instant. Histograms are merged. The longest time is the time.
 */
export function mergeLoads(records: readonly LoadRecord[]): LoadRecord {
  const answers: Record<string, number> = {};
  for (const [answer, count] of records.flatMap((record) => Object.entries(record.answers)))
    answers[answer] = (answers[answer] ?? 0) + count;
  const merge = (read: (record: LoadRecord) => LatencyRecord): LatencyRecord =>
    LatencyHistogram.merge(records.map(read)).toRecord();
  return {
    answers,
    seconds: Math.max(0, ...records.map((record) => record.seconds)),
    serviceTime: merge((record) => record.serviceTime),
    sinceIntended: merge((record) => record.sinceIntended),
    unsent: records.reduce((sum, record) => sum + record.unsent, 0),
  };
}
