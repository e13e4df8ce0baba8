import { afterEach, describe, expect, it } from 'vitest';

import { walkSlots } from '../../../test/support/plan-oracle.js';
import { check, compile, naiveChecksum, restaurantOpen, someBox } from '../../../test/support/plan-samples.js';
import type { PlanInput } from '../../../test/support/random-rules.js';
import { addDays } from './calendar.js';
import { boxChecksum, compilePlan, planDays, planRestaurants, planRows, plannedSlots, wholePlan } from './index.js';
import type { PlannedSlot, SlotPlan } from './index.js';

const zoneOfRun = process.env.TZ;

afterEach(() => {
  if (zoneOfRun === undefined) delete process.env.TZ;
  else process.env.TZ = zoneOfRun;
});

describe('a plan', () => {
  it.each([
    ['UTC', 0],
    ['Asia/Seoul', -540],
    ['America/New_York', 300],
    ['Pacific/Apia', -780],
  ])('has exactly the slots that a walk through every minute finds, in a process of zone %s', async (zone, offset) => {
    process.env.TZ = zone;
    expect(new Date(Date.UTC(2026, 0, 15)).getTimezoneOffset(), 'the zone took effect').toBe(offset);
    await check(async (input) => {
      const plan = await compile(input);
      expect([...plannedSlots(plan)]).toEqual(oracleSlots(input));
    });
  });

  it('tells its number of rows, and that of any box, without walking', async () => {
    await check(async (input, dice) => {
      const plan = await compile(input);
      expect(plan.rows).toBe([...plannedSlots(plan)].length);
      const box = someBox(plan, dice);
      expect(planRows(plan, box)).toBe([...plannedSlots(plan, box)].length);
    });
  });

  it('cuts a box out of itself by restaurants, dates and times', async () => {
    await check(async (input, dice) => {
      const plan = await compile(input);
      const box = someBox(plan, dice);
      const ids = new Set(plan.restaurants.slice(box.start, box.end).map(({ restaurantId }) => restaurantId));
      const inside = (slot: PlannedSlot): boolean =>
        ids.has(slot.restaurantId) &&
        slot.date >= box.fromDate &&
        slot.date <= box.toDate &&
        slot.time >= box.fromTime &&
        slot.time <= box.toTime;
      expect([...plannedSlots(plan, box)]).toEqual([...plannedSlots(plan)].filter(inside));
    });
  });

  it('has the checksum that summing CRC-32 slot by slot gives, for any box', async () => {
    await check(async (input, dice) => {
      const plan = await compile(input);
      const box = someBox(plan, dice);
      expect(boxChecksum(plan, box)).toEqual(naiveChecksum(plannedSlots(plan, box)));
    });
  });

  it('adds up over its days and over its restaurants', async () => {
    await check(async (input) => {
      const plan = await compile(input);
      const whole = naiveChecksum(plannedSlots(plan));
      expect(total([...planDays(plan)])).toEqual(whole);
      expect(total([...planRestaurants(plan)])).toEqual(whole);
      expect([...planDays(plan)].map(({ date }) => date)).toEqual(
        Array.from({ length: plan.range.days }, (_, index) => addDays(plan.range.from, index)),
      );
      expect([...planRestaurants(plan)].map(({ restaurantId }) => restaurantId)).toEqual(
        input.rules.map(({ restaurantId }) => restaurantId).sort((a, b) => a - b),
      );
    });
  });

  it('is the same whatever the order of the rules, and after a way through JSON', async () => {
    await check(async (input) => {
      const plan = await compile(input);
      expect(await compile({ ...input, rules: input.rules.toReversed() })).toEqual(plan);
      const restored = JSON.parse(JSON.stringify(plan)) as SlotPlan;
      expect([...plannedSlots(restored)]).toEqual([...plannedSlots(plan)]);
      const stored = restored.restaurants.map(({ week, ...rest }) => ({ ...rest, week: restored.weeks[week] ?? [] }));
      expect(await compile({ ...input, rules: stored })).toEqual(plan);
    });
  });

  it('is 4,987,200 slots for 10,390 restaurants with 16 slots a day over 30 days', async () => {
    const rules = Array.from({ length: 10_390 }, (_, index) => restaurantOpen('07:00', '23:00', index + 1));
    const plan = await compilePlan(rules, { from: '2026-11-01', days: 30 });
    expect(plan.rows).toBe(4_987_200);
    expect(plan.weeks).toHaveLength(1);
    expect(boxChecksum(plan, wholePlan(plan)).rows).toBe(4_987_200);
  });

  it('keeps its checksum exact where the sum passes 2^53', async () => {
    const plan = await compilePlan([restaurantOpen('00:01', '24:00', 7, 1)], { from: '2020-01-01', days: 3660 });
    const { rows, checksum } = boxChecksum(plan, wholePlan(plan));
    expect(rows).toBe(3660 * 1439);
    expect(checksum).toBeGreaterThan(2n ** 53n);
    expect({ rows, checksum }).toEqual(total([...planDays(plan)]));
  });
});

describe('the hash of the rules', () => {
  const range = { from: '2026-12-01', days: 3 };
  const base = restaurantOpen('09:00', '18:00', 1);

  it('does not depend on dates, nor on defaults being written out', async () => {
    const plan = await compilePlan([base], range);
    const later = await compilePlan([base], { from: '2027-01-01', days: 9 });
    const explicit = await compilePlan([restaurantOpen('09:00', '18:00', 1, 60)], range);
    expect(later.rulesHash).toBe(plan.rulesHash);
    expect(explicit.rulesHash).toBe(plan.rulesHash);
    expect(plan.rulesHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('changes with anything that could change a slot', async () => {
    const withCapacity = base.week.map((day) => day.map((interval) => ({ ...interval, capacity: 10 })));
    const plans = await Promise.all([
      compilePlan([base], range),
      compilePlan([base], range, { overnight: 'clamp-to-22' }),
      compilePlan([{ ...base, restaurantId: 2 }], range),
      compilePlan([{ ...base, capacity: 11 }], range),
      compilePlan([{ ...base, week: withCapacity }], range),
      compilePlan([{ ...base, week: [...base.week.slice(1), []] }], range),
      compilePlan([{ ...base, week: [[], ...base.week.slice(1)] }], range),
      compilePlan([restaurantOpen('09:00', '18:00', 1, 30)], range),
      compilePlan([restaurantOpen('09:00', '18:01', 1)], range),
      compilePlan([base, restaurantOpen('09:00', '18:00', 2)], range),
      compilePlan([], range),
    ]);
    expect(new Set(plans.map(({ rulesHash }) => rulesHash)).size).toBe(plans.length);
  });
});

function oracleSlots({ rules, range, overnight }: PlanInput): PlannedSlot[] {
  const sorted = rules.toSorted((a, b) => a.restaurantId - b.restaurantId);
  return sorted.flatMap((restaurant) =>
    [...walkSlots(restaurant, range, overnight)].map(([key, capacity]) => ({
      restaurantId: restaurant.restaurantId,
      date: key.slice(0, 10),
      time: key.slice(11),
      capacity,
    })),
  );
}

function total(parts: { rows: number; checksum: bigint }[]): { rows: number; checksum: bigint } {
  const add = (a: (typeof parts)[number], b: (typeof parts)[number]) => ({
    rows: a.rows + b.rows,
    checksum: a.checksum + b.checksum,
  });
  return parts.map(({ rows, checksum }) => ({ rows, checksum })).reduce(add, { rows: 0, checksum: 0n });
}
