import type { LatencyRecord } from './latency-histogram.js';
import type { ProcessUse, RunPlace, VariantGroup } from '../run-facts.js';
import type { Spread } from '../statistics.js';

/** Where the times of many requests lie. */
export interface LatencySummary {
  count: number;
  meanMs: number;
  /** This and the other percentiles are at most 0.8 % above the exact ones. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** What the server counted during a run; null where it does not tell. */
export interface ServerCounts {
  deadlocks: number | null;
  /** Times that a statement waited for a row lock. */
  lockWaits: number | null;
  /** All these waits together. */
  lockWaitSeconds: number | null;
  /** COMMIT statements. */
  commits: number | null;
  /** ROLLBACK statements. */
  rollbacks: number | null;
  /** All COMMIT statements together, as the server timed them. */
  commitSeconds: number | null;
}

/** Whether the database holds what the answers said. */
export interface Verdict {
  right: boolean;
  /** `right`, or in a line what is wrong. */
  text: string;
}

/** The numbers of one run of one variant under load. */
export interface LoadMeasurement {
  /** Answers by what they were; errors as `error CODE`. */
  answers: Record<string, number>;
  /** Requests of an open load that were due and never sent. */
  unsent: number;
  /** From the first request to the last answer. */
  seconds: number;
  /** By the names in {@link LoadBody.times}, in their order. */
  times: Record<string, LatencyRecord>;
  /**
   * Transactions that the clients began; those that were rolled back, to be tried again or given up; those of them that
   * met a deadlock.
   */
  transactions: { begun: number; rolledBack: number; deadlocked: number };
  server: ServerCounts;
  /** Of all client processes together; null where the system does not tell. */
  client: ProcessUse | null;
  /** CPU time of the database server during the run; null when it runs elsewhere or may not be read. */
  serverCpuSeconds: number | null;
  verdict: Verdict;
}

/** A run under load with its place in the experiment. */
export interface LoadRun extends LoadMeasurement, RunPlace {
  /** Throughput: answers of any kind a second. */
  answersPerSecond: number;
  /** Goodput: good answers a second, see {@link LoadBody.good}. */
  goodPerSecond: number;
  /** By the names in {@link LoadBody.times}. */
  latencies: Record<string, LatencySummary>;
}

/** What a variant under load is, known before it runs. */
export interface LoadVariantDescription {
  /** Stable and unique within a result. */
  name: string;
  /** For people, one line. */
  label: string;
  group: VariantGroup;
  /** True when it promises a right verdict. */
  claims: boolean;
  /** Variants of one series are the same way at several points of a sweep. */
  series: string;
  /** The swept value; null without a sweep. */
  point: number | null;
}

/** One way of answering with everything measured of it. */
export interface LoadVariant extends LoadVariantDescription {
  /** The warm-up: shown, part of no figure. */
  warmup: LoadRun | null;
  runs: LoadRun[];
  /** These spreads are over `runs`; null before the first. */
  answersPerSecond: Spread | null;
  goodPerSecond: Spread | null;
  seconds: Spread | null;
  /** Mean of the first of the times of a run, in milliseconds. */
  meanMs: Spread | null;
  /** Of all `runs` together, from merged histograms; empty before the first. */
  latencies: Record<string, LatencySummary>;
  /** Wrong when one of the runs, the warm-up among them, was; null before the first. */
  verdict: Verdict | null;
}

/** What was measured when requests were answered. */
export interface LoadBody {
  kind: 'load';
  /** The answer that goodput counts. */
  good: string;
  /** What was timed of every request; the first one stands for it where only one is shown. */
  times: { name: string; label: string }[];
  /** What was swept; null when nothing was. */
  sweep: string | null;
  /** What the chart shows: good answers a second, or the mean of the first of the times. */
  chart: 'good-per-second' | 'mean-time';
  variants: LoadVariant[];
}
