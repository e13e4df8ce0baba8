import { describe, expect, it } from 'vitest';

import { restaurantOpen } from '../../../test/support/plan-samples.js';
import { compilePlan } from './index.js';
import type { RestaurantRules } from './rules.js';

describe('rules', () => {
  const range = { from: '2026-12-01', days: 1 };

  it.each([
    ['a closing time that is none', restaurantOpen('09:00', '25:00', 3), 'restaurant 3, Monday: closing time "25:00"'],
    ['an opening time of 24:00', restaurantOpen('24:00', '09:00', 3), 'restaurant 3, Monday: opening time "24:00"'],
    ['seconds', restaurantOpen('09:00:30', '10:00', 3), 'restaurant 3, Monday: opening time "09:00:30"'],
    ['a time of one digit', restaurantOpen('9:00', '10:00', 3), 'restaurant 3, Monday: opening time "9:00"'],
    ['closing when it opens', restaurantOpen('09:00', '09:00', 3), 'restaurant 3, Monday: opens and closes at 09:00'],
    ['a step of nothing', restaurantOpen('09:00', '10:00', 3, 0), 'restaurant 3, Monday: step of 0'],
    ['a step beyond a day', restaurantOpen('09:00', '10:00', 3, 1441), 'restaurant 3, Monday: step of 1441'],
    ['half a minute', restaurantOpen('09:00', '10:00', 3, 0.5), 'restaurant 3, Monday: step of 0.5'],
    ['capacity below zero', { ...restaurantOpen('09:00', '10:00', 3), capacity: -1 }, 'restaurant 3: capacity -1'],
    [
      'capacity beyond INT',
      { ...restaurantOpen('09:00', '10:00', 3), capacity: 2 ** 31 },
      'restaurant 3: capacity 2147483648',
    ],
    ['a week of six days', { restaurantId: 3, capacity: 1, week: [[], [], [], [], [], []] }, 'restaurant 3: the week'],
    ['restaurant 0', restaurantOpen('09:00', '10:00', 0), 'restaurant id 0'],
    ['an id beyond 2^53', restaurantOpen('09:00', '10:00', 2 ** 53), 'restaurant id 9007199254740992'],
  ])('with %s are refused by name', async (_, rules, part) => {
    await expect(compilePlan([rules], range)).rejects.toMatchObject({
      code: 'BAD_RULE',
      message: expect.stringContaining(part),
      hint: expect.any(String),
    });
  });

  it('name the weekday on which they are wrong', async () => {
    const week = [[], [], [], [], [], [], [{ opensAt: '09:00', closesAt: '10:00', capacity: 1.5 }]];
    const refused = compilePlan([{ restaurantId: 3, capacity: 1, week }], range);
    await expect(refused).rejects.toThrow('restaurant 3, Sunday: capacity 1.5');
  });

  it('are refused when a restaurant comes twice', async () => {
    const rules = [5, 3, 5].map((id) => restaurantOpen('09:00', '10:00', id));
    await expect(compilePlan(rules, range)).rejects.toMatchObject({
      code: 'BAD_RULE',
      message: 'restaurant 5 comes twice',
    });
  });

  it('may come from an async iterator, whose failure is passed on', async () => {
    async function* stream(): AsyncGenerator<RestaurantRules> {
      yield await Promise.resolve(restaurantOpen('09:00', '10:00', 1));
      throw new Error('the source broke');
    }
    await expect(compilePlan(stream(), range)).rejects.toThrow('the source broke');
  });

  it('are not read when the range is wrong', async () => {
    const refused = compilePlan([], { from: '2026-02-30', days: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'BAD_RANGE' });
  });
});
