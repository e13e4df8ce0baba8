import { describe, expect, it } from 'vitest';

import { check, compile, restaurantOpen, someBox } from '../../../test/support/plan-samples.js';
import { chunkPlan, compilePlan, planRows, plannedSlots, splitBox, wholePlan } from './index.js';
import type { PlanBox, PlannedSlot, SlotPlan } from './index.js';

describe('chunks', () => {
  it('hold every restaurant and slot once, in order, and no chunk is empty or too large without need', async () => {
    await check(async (input, dice) => {
      const plan = await compile(input);
      const rowsPerChunk = 1 + Math.floor((dice[0] ?? 0) * 200);
      const chunks = chunkPlan(plan, rowsPerChunk);
      expect(chunks.flatMap((box) => [...plannedSlots(plan, box)])).toEqual([...plannedSlots(plan)]);
      expectNeighbours(plan, chunks);
      for (const box of chunks) {
        const open = plan.restaurants
          .slice(box.start, box.end)
          .filter((_, i) => restaurantRows(plan, box.start + i) > 0);
        if (plan.rows > 0) expect(planRows(plan, box)).toBeGreaterThan(0);
        if (open.length > 1) expect(planRows(plan, box)).toBeLessThanOrEqual(rowsPerChunk);
      }
    });
  });

  it('can be one restaurant each', async () => {
    await check(async (input) => {
      const plan = await compile(input);
      const chunks = chunkPlan(plan, 'restaurant');
      const open = plan.restaurants.filter((_, index) => restaurantRows(plan, index) > 0);
      expect(chunks).toHaveLength(Math.max(open.length, Math.min(plan.restaurants.length, 1)));
      expectNeighbours(plan, chunks);
    });
  });

  it('are filled up to their size', async () => {
    const rules = Array.from({ length: 10 }, (_, index) => restaurantOpen('07:00', '23:00', index + 1));
    const plan = await compilePlan(rules, { from: '2026-12-01', days: 1 });
    expect(chunkPlan(plan, 48).map(({ start, end }) => [start, end])).toEqual([
      [0, 3],
      [3, 6],
      [6, 9],
      [9, 10],
    ]);
  });

  it('hold at most 10,000 restaurants, open or not', async () => {
    const closed = { capacity: 1, week: [[], [], [], [], [], [], []] };
    const rules = Array.from({ length: 25_000 }, (_, index) => ({ restaurantId: index + 1, ...closed }));
    const plan = await compilePlan([...rules, restaurantOpen('07:00', '23:00', 25_001)], {
      from: '2026-12-01',
      days: 1,
    });
    expect(chunkPlan(plan, 48).map(({ start, end }) => [start, end])).toEqual([
      [0, 10_000],
      [10_000, 20_000],
      [20_000, 25_001],
    ]);
  });

  it('refuse a size below one row', async () => {
    const plan = await compilePlan([], { from: '2026-12-01', days: 1 });
    for (const size of [0, -1, 1.5, NaN]) expect(() => chunkPlan(plan, size)).toThrow(/chunks of/);
  });
});

describe('splitting', () => {
  it('halves a box, again and again, down to its slots and loses none', async () => {
    await check(async (input, dice) => {
      const plan = await compile(input);
      const box = someBox(plan, dice);
      expect(splitAll(plan, box)).toEqual([...plannedSlots(plan, box)]);
    }, 60);
  });

  it('cuts near the middle', async () => {
    const rules = Array.from({ length: 1000 }, (_, index) => restaurantOpen('07:00', '23:00', index + 1));
    const plan = await compilePlan(rules, { from: '2026-12-01', days: 30 });
    const [first, second] = splitBox(plan, wholePlan(plan)) ?? [];
    expect(first).toMatchObject({ start: 0, end: 500 });
    expect(second).toMatchObject({ start: 500, end: 1000 });
  });
});

function restaurantRows(plan: SlotPlan, index: number): number {
  return planRows(plan, { ...wholePlan(plan), start: index, end: index + 1 });
}

function expectNeighbours(plan: SlotPlan, chunks: PlanBox[]): void {
  const bounds = [...chunks.map(({ start }) => start), plan.restaurants.length];
  expect([0, ...chunks.map(({ end }) => end)]).toEqual(bounds);
}

function splitAll(plan: SlotPlan, box: PlanBox): PlannedSlot[] {
  const rows = planRows(plan, box);
  const halves = splitBox(plan, box);
  expect(halves === undefined).toBe(rows <= 1);
  if (halves === undefined) return [...plannedSlots(plan, box)];
  for (const half of halves) expect(planRows(plan, half)).toBeGreaterThan(0);
  return halves.flatMap((half) => splitAll(plan, half));
}
