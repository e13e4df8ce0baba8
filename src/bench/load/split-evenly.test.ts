import fc from 'fast-check';
import { expect, test } from 'vitest';

import { splitEvenly } from './split-evenly.js';

test('nothing is lost and nobody has two more than another', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 50 }), (total, parts) => {
      const shares = splitEvenly(total, parts);
      expect(shares).toHaveLength(parts);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }),
  );
});

test('ten over three is four, three and three', () => {
  expect(splitEvenly(10, 3)).toEqual([4, 3, 3]);
});
