import { LatencyHistogram } from './latency-histogram.js';
import type { LatencyRecord } from './latency-histogram.js';
import { costOf } from './cost-of.js';
import type {
  LatencySummary,
  LoadCosts,
  LoadMeasurement,
  LoadRun,
  LoadVariant,
  LoadVariantDescription,
  Verdict,
} from './load-result.js';
import type { RunPlace } from '../run-facts.js';
import { type Spread, spreadOf } from '../statistics.js';

const unmeasured: Omit<LoadVariant, keyof LoadVariantDescription> = {
  warmup: null,
  runs: [],
  answersPerSecond: null,
  goodPerSecond: null,
  seconds: null,
  meanMs: null,
  latencies: {},
  verdict: null,
};

/** A variant before its first run. */
export function emptyLoadVariant(description: LoadVariantDescription): LoadVariant {
  const { name, label, group, claims, series, point } = description;
  return { name, label, group, claims, series, point, ...unmeasured };
}

/** A measurement with its place and the numbers computed from it. `good` is the answer that goodput counts. */
export function toLoadRun(place: RunPlace, measurement: LoadMeasurement, good: string): LoadRun {
  const { answers, seconds, times } = measurement;
  const answered = Object.values(answers).reduce((sum, count) => sum + count, 0);
  return {
    ...place,
    ...measurement,
    answersPerSecond: answered / seconds,
    goodPerSecond: (answers[good] ?? 0) / seconds,
    latencies: mapValues(times, (record) => summarize([record])),
  };
}

/** The variant with one more run. The warm-up (round 0) is stored separately and changes only the verdict. */
export function recordLoad(variant: LoadVariant, run: LoadRun): LoadVariant {
  const verdict = variant.verdict?.right === false ? variant.verdict : run.verdict;
  if (run.round === 0) return { ...variant, warmup: run, verdict };
  const runs = [...variant.runs, run];
  return {
    ...variant,
    runs,
    verdict,
    answersPerSecond: spreadOf(runs.map((each) => each.answersPerSecond)),
    goodPerSecond: spreadOf(runs.map((each) => each.goodPerSecond)),
    seconds: spreadOf(runs.map((each) => each.seconds)),
    meanMs: spreadOf(runs.flatMap((each) => Object.values(each.latencies)[0]?.meanMs ?? [])),
    costs: costsOf(runs),
    latencies: mapValues(run.times, (_, name) => summarize(recordsOf(runs, name))),
  };
}

/** The variants that promised to be right but were wrong. */
export function brokenClaims(variants: readonly LoadVariant[]): (LoadVariant & { verdict: Verdict })[] {
  return variants.flatMap((each) =>
    each.claims && each.verdict?.right === false ? [{ ...each, verdict: each.verdict }] : [],
  );
}

function costsOf(runs: readonly LoadRun[]): LoadCosts<Spread> {
  const costs = runs.map(costOf);
  const spread = (name: keyof LoadCosts<number>): Spread | null => {
    return spreadOf(costs.map((each) => each[name]).filter((value) => value !== null));
  };
  return {
    statements: spread('statements'),
    commits: spread('commits'),
    clientCpuMs: spread('clientCpuMs'),
    serverCpuMs: spread('serverCpuMs'),
  };
}

function recordsOf(runs: readonly LoadRun[], name: string): LatencyRecord[] {
  return runs.map((run) => run.times[name]).filter((record) => record !== undefined);
}

function summarize(records: readonly LatencyRecord[]): LatencySummary {
  const histogram = LatencyHistogram.merge(records);
  const percentileMs = (share: number): number => (histogram.count === 0 ? 0 : histogram.percentile(share) / 1000);
  return {
    count: histogram.count,
    meanMs: histogram.count === 0 ? 0 : histogram.meanMicros / 1000,
    p50Ms: percentileMs(0.5),
    p95Ms: percentileMs(0.95),
    p99Ms: percentileMs(0.99),
    maxMs: histogram.maxMicros / 1000,
  };
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From, name: string) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}
