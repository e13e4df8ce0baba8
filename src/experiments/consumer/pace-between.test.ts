import { expect, it } from 'vitest';

import { paceBetween } from './pace-between.js';

const at = (atSeconds: number, waiting: number) => ({ atSeconds, waiting });

it('tells the pace of a part of the work', () => {
  const samples = [at(0, 100), at(1, 90), at(2, 80), at(3, 70), at(4, 20), at(5, 0)];
  expect(paceBetween(samples, [0.1, 0.3])).toBe(10);
  expect(paceBetween(samples, [0.3, 0.8])).toBe(50);
});

it('does not guess from too few samples', () => {
  expect(paceBetween([], [0.1, 0.3])).toBeNull();
  expect(paceBetween([at(0, 100), at(1, 0)], [0.1, 0.3])).toBeNull();
});
