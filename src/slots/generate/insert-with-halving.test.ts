import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { TablepickError } from '../../errors.js';
import { compilePlan, planRows, plannedSlots, wholePlan } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { insertWithHalving } from './insert-with-halving.js';

const ERRNO = 3819;

/** A plan of `restaurants` with slots from 18:00 on. Default: three slots on each of two days. */
function planOf(restaurants: number, { closesAt = '21:00', days = 2 } = {}): Promise<SlotPlan> {
  const day = [{ opensAt: '18:00', closesAt }];
  const week = [day, day, day, day, day, day, day];
  const rules = Array.from({ length: restaurants }, (_, index) => ({ restaurantId: index + 1, capacity: 4, week }));
  return compilePlan(rules, { from: '2026-12-01', days });
}

function keysOf(plan: SlotPlan, box: PlanBox): string[] {
  return [...plannedSlots(plan, box)].map(({ restaurantId, date, time }) => `${restaurantId} ${date} ${time}`);
}

/** A table that refuses the keys of `refused`. It also refuses a whole box that contains one of them. */
function tableOf(plan: SlotPlan, refused: ReadonlySet<string>) {
  const inserted: string[] = [];
  let calls = 0;
  const insert = (box: PlanBox): Promise<number> => {
    calls += 1;
    const keys = keysOf(plan, box);
    const bad = keys.find((key) => refused.has(key));
    if (bad !== undefined) {
      const cause = Object.assign(new Error('server'), { errno: ERRNO });
      return Promise.reject(new TablepickError('BAD_ROW', `refused ${bad}`, { cause }));
    }
    inserted.push(...keys);
    return Promise.resolve(keys.length);
  };
  return { insert, inserted, calls: () => calls };
}

describe('inserting a box with halving', () => {
  it('inserts all slots but those refused, in the order of the plan, each once, and returns the refused ones', async () => {
    const plan = await planOf(5);
    const all = keysOf(plan, wholePlan(plan));
    await fc.assert(
      fc.asyncProperty(fc.subarray(all, { maxLength: 6 }), async (bad) => {
        const table = tableOf(plan, new Set(bad));
        const outcome = await insertWithHalving(wholePlan(plan), { plan, insert: table.insert });
        expect(outcome.inserted).toBe(all.length - bad.length);
        expect(table.inserted).toEqual(all.filter((key) => !bad.includes(key)));
        expect(outcome.failures.map(({ restaurantId, date, time }) => `${restaurantId} ${date} ${time}`)).toEqual(bad);
        for (const { errno, message } of outcome.failures) {
          expect([errno, message]).toEqual([ERRNO, expect.stringContaining('refused')]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('needs one statement where nothing is refused, and few more for one refused slot', async () => {
    const plan = await planOf(64);
    const whole = wholePlan(plan);
    const clean = tableOf(plan, new Set());
    await insertWithHalving(whole, { plan, insert: clean.insert });
    expect(clean.calls()).toBe(1);
    const one = tableOf(plan, new Set([keysOf(plan, whole)[100]!]));
    await insertWithHalving(whole, { plan, insert: one.insert });
    expect(one.calls()).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(planRows(plan, whole)) + 1));
  });

  it('gives up once more than 1,000 slots and half the box are refused', async () => {
    const plan = await planOf(1002, { closesAt: '19:00', days: 1 });
    const refusal = new TablepickError('BAD_ROW', 'refused');
    const refuseFirst = (count: number): Promise<{ failures: unknown[] }> => {
      const insert = (box: PlanBox): Promise<number> =>
        box.start < count ? Promise.reject(refusal) : Promise.resolve(planRows(plan, box));
      return insertWithHalving(wholePlan(plan), { plan, insert });
    };
    expect((await refuseFirst(1000)).failures).toHaveLength(1000);
    const message = expect.stringContaining('more than 1000 rows');
    await expect(refuseFirst(1001)).rejects.toMatchObject({ code: 'BAD_ROW', message });
  });

  it('throws at once what is no refusal of a row', async () => {
    const plan = await planOf(2);
    const lost = new TablepickError('CONNECTION_LOST', 'gone');
    let calls = 0;
    const insert = (): Promise<number> => {
      calls += 1;
      return Promise.reject(lost);
    };
    await expect(insertWithHalving(wholePlan(plan), { plan, insert })).rejects.toBe(lost);
    expect(calls).toBe(1);
  });
});
