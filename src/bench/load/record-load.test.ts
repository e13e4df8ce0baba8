import { expect, test } from 'vitest';

import { LatencyHistogram } from './latency-histogram.js';
import type { LoadMeasurement, LoadVariant } from './load-result.js';
import { brokenClaims, emptyLoadVariant, recordLoad, toLoadRun } from './record-load.js';

const noCounts = {
  deadlocks: null,
  lockWaits: null,
  lockWaitSeconds: null,
  commits: null,
  rollbacks: null,
  commitSeconds: null,
};

function measurement(micros: readonly number[], verdict = { right: true, text: 'right' }): LoadMeasurement {
  const histogram = new LatencyHistogram();
  for (const each of micros) histogram.record(each);
  return {
    answers: { reserved: 8, 'sold-out': 1, 'error POOL_TIMEOUT': 1 },
    unsent: 0,
    seconds: 2,
    verdict,
    times: { serviceTime: histogram.toRecord() },
    transactions: { begun: 10, rolledBack: 2, deadlocked: 0 },
    server: noCounts,
    client: null,
    serverCpuSeconds: null,
  };
}

const description = { name: 'a', label: 'a', group: 'tablepick', claims: true, series: 'a', point: null } as const;
const place = { position: 1, startedAt: '2026-12-01T00:00:00.000Z' };

function record(measurements: readonly LoadMeasurement[], claims = true): LoadVariant {
  return measurements.reduce(
    (variant, each, round) => recordLoad(variant, toLoadRun({ ...place, round }, each, 'reserved')),
    emptyLoadVariant({ ...description, claims }),
  );
}

test('goodput counts the good answers, throughput all of them', () => {
  const run = toLoadRun({ ...place, round: 1 }, measurement([100]), 'reserved');
  expect(run).toMatchObject({ goodPerSecond: 4, answersPerSecond: 5 });
});

test('percentiles of several runs come from all their requests, not from an average', () => {
  const fast = Array.from({ length: 99 }, () => 100);
  const variant = record([measurement([1]), measurement(fast), measurement([100_000])]);
  expect(variant.latencies.serviceTime).toMatchObject({ count: 100, p50Ms: 0.1, p99Ms: 0.1, maxMs: 100 });
  expect(variant.runs).toHaveLength(2);
});

test('the warm-up moves no number, but a wrong verdict in it stays', () => {
  const wrong = { right: false, text: 'overbooked by 1 on 1 slot' };
  const variant = record([measurement([1], wrong), measurement([100])]);
  expect(variant.latencies.serviceTime?.count).toBe(1);
  expect(variant.verdict).toEqual(wrong);
  expect(brokenClaims([variant])).toHaveLength(1);
});

test('only who claims can break a claim', () => {
  const wrong = measurement([1], { right: false, text: 'count off by 1 on 1 slot' });
  expect(brokenClaims([record([wrong], false), record([measurement([1])]), record([])])).toEqual([]);
});
