import fc from 'fast-check';
import { expect, test } from 'vitest';

import { LatencyHistogram } from './latency-histogram.js';

const micros = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 5_000_000 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);
const shares = [0, 0.01, 0.5, 0.95, 0.99, 0.999, 1];

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

/** The nearest-rank percentile of all values, kept and sorted. */
function exactPercentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN;
}

test('a percentile is never below the exact one and at most 1/128 above it', () => {
  fc.assert(
    fc.property(fc.array(micros, { minLength: 1, maxLength: 300 }), (values) => {
      const histogram = histogramOf(values);
      for (const share of shares) {
        const exact = exactPercentile(values, share);
        expect(histogram.percentile(share)).toBeGreaterThanOrEqual(exact);
        expect(histogram.percentile(share)).toBeLessThanOrEqual(exact * (1 + 1 / 128));
      }
    }),
  );
});

test('count, mean and maximum are exact', () => {
  fc.assert(
    fc.property(fc.array(micros, { minLength: 1 }), (values) => {
      const { count, meanMicros, maxMicros } = histogramOf(values);
      const sum = values.reduce((total, value) => total + value, 0);
      expect({ count, meanMicros, maxMicros }).toEqual({
        count: values.length,
        meanMicros: sum / values.length,
        maxMicros: Math.max(...values),
      });
    }),
  );
});

test('parts merged are the whole, also after a trip as JSON', () => {
  fc.assert(
    fc.property(fc.array(fc.array(micros), { minLength: 1, maxLength: 4 }), (parts) => {
      const records = parts.map((part) => histogramOf(part).toRecord());
      const travelled = JSON.parse(JSON.stringify(records)) as typeof records;
      expect(LatencyHistogram.merge(travelled).toRecord()).toEqual(histogramOf(parts.flat()).toRecord());
    }),
  );
});

test('without a value there is no percentile, and what cannot be is bent to what can', () => {
  expect(new LatencyHistogram().percentile(0.5)).toBeNaN();
  expect(new LatencyHistogram().maxMicros).toBe(0);
  expect(histogramOf([-3]).percentile(1)).toBe(0);
  expect(histogramOf([1e12]).percentile(0.5)).toBe(2 ** 32 - 1);
});
