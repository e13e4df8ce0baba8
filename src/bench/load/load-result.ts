import type { LatencyRecord } from './latency-histogram.js';
import type { ProcessUse, RunPlace, VariantGroup } from '../run-facts.js';
import type { Spread } from '../statistics.js';

/** A summary of the times of many requests. */
export interface LatencySummary {
  count: number;
  meanMs: number;
  /** This and the other percentiles are at most 0.8 % above the exact ones. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** The server's counts during a run. A count is null when the server does not tell it. */
export interface ServerCounts {
  deadlocks: number | null;
  /** Number of waits for a row lock. */
  lockWaits: number | null;
  /** Total time of these waits. */
  lockWaitSeconds: number | null;
  /** COMMIT statements. */
  commits: number | null;
  /** ROLLBACK statements. */
  rollbacks: number | null;
  /** Total time of all COMMIT statements, as measured by the server. */
  commitSeconds: number | null;
  /** Statements of any kind, BEGIN and COMMIT included. Absent in results of older versions. */
  statements?: number | null;
}

/** The length of a line of waiting work at one moment. */
export interface BacklogSample {
  /** Seconds since the run began. */
  atSeconds: number;
  waiting: number;
}

/** Whether the database agrees with the answers. */
export interface Verdict {
  right: boolean;
  /** `right`, or one line about the errors. */
  text: string;
}

/** The numbers of one run of one variant under load. */
export interface LoadMeasurement {
  /** Number of answers of each kind; errors as `error CODE`. */
  answers: Record<string, number>;
  /** Requests of an open load that were due and never sent. */
  unsent: number;
  /** From the first request to the last answer. */
  seconds: number;
  /** The times by the names in {@link LoadBody.times}, in their order. */
  times: Record<string, LatencyRecord>;
  /**
   * Numbers of transactions: begun by the clients; rolled back, to be tried again or given up; rolled back because of a
   * deadlock.
   */
  transactions: { begun: number; rolledBack: number; deadlocked: number };
  server: ServerCounts;
  /** Total of all client processes; null when the system does not tell it. */
  client: ProcessUse | null;
  /** CPU time of the database server during the run; null when it runs elsewhere or may not be read. */
  serverCpuSeconds: number | null;
  /** Work that was begun and not done, over time; absent when it was not measured. */
  backlog?: BacklogSample[];
  verdict: Verdict;
}

/** A run under load with its place in the experiment. */
export interface LoadRun extends LoadMeasurement, RunPlace {
  /** Throughput: answers of any kind a second. */
  answersPerSecond: number;
  /** Goodput: good answers a second, see {@link LoadBody.good}. */
  goodPerSecond: number;
  /** The latencies by the names in {@link LoadBody.times}. */
  latencies: Record<string, LatencySummary>;
}

/** What each good answer cost. Null when it is unknown. */
export interface LoadCosts<Value> {
  /** Statements of any kind that the server counted. */
  statements: Value | null;
  commits: Value | null;
  clientCpuMs: Value | null;
  serverCpuMs: Value | null;
}

/** The description of a variant under load, known before it runs. */
export interface LoadVariantDescription {
  /** Stable and unique within a result. */
  name: string;
  /** For people, one line. */
  label: string;
  group: VariantGroup;
  /** True when the variant promises a right verdict. */
  claims: boolean;
  /** Variants of one series are the same way at several points of a sweep. */
  series: string;
  /** The swept value; null without a sweep. */
  point: number | null;
}

/** A variant with all its measurements. */
export interface LoadVariant extends LoadVariantDescription {
  /** The warm-up. It is shown, but no figure uses it. */
  warmup: LoadRun | null;
  runs: LoadRun[];
  /** The spreads over `runs`; null before the first run. */
  answersPerSecond: Spread | null;
  goodPerSecond: Spread | null;
  seconds: Spread | null;
  /** Mean of the first of the times of a run, in milliseconds. */
  meanMs: Spread | null;
  /** The spreads of what each good answer cost. Absent before the first run and in results of older versions. */
  costs?: LoadCosts<Spread>;
  /** The latencies of all `runs` together, from merged histograms; empty before the first run. */
  latencies: Record<string, LatencySummary>;
  /** Wrong when any run was wrong, also the warm-up; null before the first run. */
  verdict: Verdict | null;
}

/** The measurements of an experiment that measures requests. */
export interface LoadBody {
  kind: 'load';
  /** The answer that goodput counts. */
  good: string;
  /** The times measured for every request. Where only one is shown, it is the first. */
  times: { name: string; label: string }[];
  /** The swept parameter; null without a sweep. */
  sweep: string | null;
  /** The values in the chart: good answers a second, or the mean of the first of the times. */
  chart: 'good-per-second' | 'mean-time';
  variants: LoadVariant[];
}
