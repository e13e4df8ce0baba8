import { expect, test } from 'vitest';

import { seededRandom } from '../../bench/load/random.js';
import { chooseSlots } from './choose-slots.js';

function countSlots(slots: number, hotShare: number | null): Map<number, number> {
  const next = chooseSlots({ slots, hotShare, random: seededRandom(1) });
  const counts = new Map<number, number>();
  for (let request = 0; request < 20_000; request += 1) {
    const slot = next();
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  return counts;
}

test('evenly means that every slot gets its share, and none outside', () => {
  const counts = countSlots(10, null);
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

test('the hot slot gets its share, the others the rest', () => {
  expect((countSlots(10, 0.8).get(1) ?? 0) / 20_000).toBeCloseTo(0.8, 1);
  expect(countSlots(10, 0).has(1)).toBe(false);
  expect([...countSlots(10, 1).keys()]).toEqual([1]);
  expect([...countSlots(1, null).keys()]).toEqual([1]);
});
