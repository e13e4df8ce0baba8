import { expect, test } from 'vitest';

import { emptyVariant, recordRun, rssGrowth } from './record-run.js';
import type { RecordedRun } from './rows-result.js';

function run(round: number, rowsPerSecond: number): RecordedRun {
  const numbers = { rows: 100, seconds: 100 / rowsPerSecond, rowsPerSecond, verifySeconds: null };
  const place = { round, position: 1, startedAt: '2026-12-01T00:00:00.000Z' };
  return { ...place, ...numbers, client: null, rssGrowth: null, serverCpuSeconds: null, details: {} };
}

const empty = emptyVariant({ name: 'a', label: 'A', group: 'peer', rows: 100, sampled: true });

test('the warm-up is kept and moves no number', () => {
  const variant = recordRun(empty, run(0, 1), 1000);
  expect(variant.warmup?.rowsPerSecond).toBe(1);
  expect(variant).toMatchObject({ runs: [], rowsPerSecond: null, allRowsSeconds: null });
});

test('the time for all rows comes from the median rate, also when only a sample ran', () => {
  const variant = [run(1, 10), run(2, 20), run(3, 90)].reduce((so, each) => recordRun(so, each, 1000), empty);
  expect(variant.rowsPerSecond).toMatchObject({ median: 20, min: 10, max: 90 });
  expect(variant.allRowsSeconds).toBe(50);
});

test('memory that levels off after the start has no growth, memory that climbs has', () => {
  const samples = (bytesAt: (index: number) => number) =>
    Array.from({ length: 30 }, (_, index) => ({ atSeconds: index, bytes: bytesAt(index) }));
  expect(rssGrowth(samples((index) => Math.min(100, 10 + index * 10)))).toBe(0);
  expect(rssGrowth(samples((index) => 100 + index * 10))).toBeGreaterThan(0.3);
  expect(rssGrowth(samples(() => 1).slice(0, 8))).toBeNull();
});
