import fc from 'fast-check';
import { expect, test } from 'vitest';

import { median, quantile, spreadOf } from './statistics.js';

test('the median of an even number of values is the mean of the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([5, 1, 3])).toBe(3);
});

test('quartiles interpolate between neighbours as definition 7 says', () => {
  expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
  expect(quantile([1, 2, 3, 4], 0.75)).toBe(3.25);
});

test('a single value is its own spread without deviation', () => {
  expect(spreadOf([7])).toEqual({ count: 1, median: 7, min: 7, max: 7, q1: 7, q3: 7, mad: 0 });
});

test('no values have no spread', () => {
  expect(spreadOf([])).toBeNull();
});

test('one outlier moves neither the median nor the median absolute deviation', () => {
  expect(spreadOf([10, 11, 12, 13, 9000])).toMatchObject({ median: 12, mad: 1, max: 9000 });
});

test('the order of the measurements does not matter and the parts of a spread are ordered', () => {
  const value = fc.double({ min: 0.001, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 30 }), (values) => {
      const spread = spreadOf(values);
      expect(spreadOf(values.toReversed())).toEqual(spread);
      if (spread === null) throw new Error('values were given');
      const { min, q1, median: middle, q3, max } = spread;
      const slack = 1e-9 * max;
      expect(min <= q1 + slack && q1 <= middle + slack && middle <= q3 + slack && q3 <= max + slack).toBe(true);
    }),
  );
});
