import { describe, expect, it } from 'vitest';

import { chooseStrategy } from './choose-strategy.js';
import { compilePlan } from '../plan/index.js';
import type { SlotPlan } from '../plan/index.js';

/** A plan of `restaurants` restaurants with `weeks` distinct weeks. */
async function planWith(restaurants: number, weeks: number): Promise<SlotPlan> {
  const rules = Array.from({ length: restaurants }, (_, index) => {
    const minute = String(index % weeks).padStart(2, '0');
    const day = [{ opensAt: `09:${minute}`, closesAt: `21:${minute}` }];
    return { restaurantId: index + 1, capacity: 10, week: [day, day, day, day, day, day, day] };
  });
  return compilePlan(rules, { from: '2026-12-01', days: 30 });
}

describe('chooseStrategy', () => {
  it('takes server-side when few distinct weeks cover many restaurants', async () => {
    const choice = chooseStrategy('auto', await planWith(100, 5), { localInfile: true });
    expect(choice).toMatchObject({
      strategy: 'server-side',
      reason: expect.stringContaining('5 distinct weeks of 100'),
    });
  });

  it('takes load-data when the weeks are too many to stage, and batch where the server forbids it', async () => {
    const plan = await planWith(50, 50);
    expect(chooseStrategy('auto', plan, { localInfile: true }).strategy).toBe('load-data');
    const choice = chooseStrategy('auto', plan, { localInfile: false });
    expect(choice).toMatchObject({ strategy: 'batch', reason: expect.stringContaining('local_infile is off') });
  });

  it('takes what was asked for, and refuses load-data where the server forbids it', async () => {
    const plan = await planWith(2, 1);
    expect(chooseStrategy('identity', plan, { localInfile: false }).strategy).toBe('identity');
    expect(() => chooseStrategy('load-data', plan, { localInfile: false })).toThrowError(/local_infile off/);
  });
});
