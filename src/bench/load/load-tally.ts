import { LatencyHistogram } from './latency-histogram.js';
import type { LatencyRecord } from './latency-histogram.js';

/** When a load ends: after so many requests, or when no more may begin. */
export type LoadExtent = { requests: number } | { durationMs: number };

/** One request of a load. */
export interface LoadCall {
  /** 0, 1, … */
  client: number;
  /** 0, 1, … over all clients. */
  sequence: number;
}

/** Sends one request and says in a word or two how it was answered. What it rejects with ends the load. */
export type LoadRequest = (call: LoadCall) => Promise<string>;

/** What a load measured; plain data. */
export interface LoadRecord {
  /** Answers by what they were. */
  answers: Record<string, number>;
  /** From the begin of the load to the last answer. */
  seconds: number;
  /** From sending a request to its answer. */
  serviceTime: LatencyRecord;
  /** From the moment a request was due to its answer: waiting for a place among those in flight is in it. */
  sinceIntended: LatencyRecord;
  /**
   * Requests that were due and found no place before the end; `sinceIntended` has how long they waited. 0 in a closed
   * load.
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

  /** What was collected. */
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
 * The records of processes that began at the same instant, as one: histograms are merged, the longest decides the time.
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
