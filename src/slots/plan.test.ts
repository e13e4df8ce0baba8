import { crc32 } from 'node:zlib';

import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';

import { walkSlots } from '../../test/support/plan-oracle.js';
import { planInput } from '../../test/support/random-rules.js';
import type { PlanInput } from '../../test/support/random-rules.js';
import { randomSeed } from '../../test/support/random-seed.js';
import { addDays } from './calendar.js';
import {
  boxChecksum,
  chunkPlan,
  compilePlan,
  planDays,
  planRestaurants,
  planRows,
  plannedSlots,
  splitBox,
  wholePlan,
} from './plan.js';
import type { PlanBox, PlannedSlot, SlotPlan } from './plan.js';

const seed = randomSeed();
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
    await check(async (input, random) => {
      const plan = await compile(input);
      expect(plan.rows).toBe([...plannedSlots(plan)].length);
      const box = someBox(plan, random);
      expect(planRows(plan, box)).toBe([...plannedSlots(plan, box)].length);
    });
  });

  it('cuts a box out of itself by restaurants, dates and times', async () => {
    await check(async (input, random) => {
      const plan = await compile(input);
      const box = someBox(plan, random);
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
    await check(async (input, random) => {
      const plan = await compile(input);
      const box = someBox(plan, random);
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
    const plan = await compilePlan([restaurantOpen('00:00', '24:00', 7, 1)], { from: '2020-01-01', days: 3660 });
    const { rows, checksum } = boxChecksum(plan, wholePlan(plan));
    expect(rows).toBe(3660 * 1440);
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

describe('chunks', () => {
  it('hold every restaurant and slot once, in order, and no chunk is empty or too large without need', async () => {
    await check(async (input, random) => {
      const plan = await compile(input);
      const rowsPerChunk = 1 + Math.floor(random * 200);
      const chunks = chunkPlan(plan, rowsPerChunk);
      expect(chunks.flatMap((box) => [...plannedSlots(plan, box)])).toEqual([...plannedSlots(plan)]);
      expectNeighbours(plan, chunks);
      for (const box of chunks) {
        const open = plan.restaurants
          .slice(box.start, box.end)
          .filter((_, i) => restaurantRows(plan, box.start + i) > 0);
        expect(planRows(plan, box)).toBeGreaterThan(0);
        if (open.length > 1) expect(planRows(plan, box)).toBeLessThanOrEqual(rowsPerChunk);
      }
    });
  });

  it('can be one restaurant each', async () => {
    await check(async (input) => {
      const plan = await compile(input);
      const chunks = chunkPlan(plan, 'restaurant');
      const open = plan.restaurants.filter((_, index) => restaurantRows(plan, index) > 0);
      expect(chunks).toHaveLength(open.length);
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

  it('refuse a size below one row', async () => {
    const plan = await compilePlan([], { from: '2026-12-01', days: 1 });
    for (const size of [0, -1, 1.5, NaN]) expect(() => chunkPlan(plan, size)).toThrow(/chunks of/);
  });
});

describe('splitting', () => {
  it('halves a box, again and again, down to its slots and loses none', async () => {
    await check(async (input, random) => {
      const plan = await compile(input);
      const box = someBox(plan, random);
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
    async function* stream(): AsyncGenerator<ReturnType<typeof restaurantOpen>> {
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

async function check(property: (input: PlanInput, random: number) => Promise<void>, numRuns = 150): Promise<void> {
  const random = fc.double({ min: 0, max: 0.999, noNaN: true });
  await fc.assert(fc.asyncProperty(planInput, random, property), { seed, numRuns });
}

function compile({ rules, range, overnight }: PlanInput): Promise<SlotPlan> {
  return compilePlan(rules, range, { overnight });
}

function restaurantOpen(opensAt: string, closesAt: string, restaurantId: number, stepMinutes?: number) {
  return { restaurantId, capacity: 100, week: Array.from({ length: 7 }, () => [{ opensAt, closesAt, stepMinutes }]) };
}

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

/** A box somewhere in the plan; `random` decides every bound, and may leave nothing inside. */
function someBox(plan: SlotPlan, random: number): PlanBox {
  const digit = (place: number): number => (random * 10 ** place) % 1;
  const start = Math.floor(digit(1) * (plan.restaurants.length + 1));
  const end = start + Math.floor(digit(2) * (plan.restaurants.length - start + 1));
  const first = Math.floor(digit(3) * plan.range.days);
  const last = first + Math.floor(digit(4) * (plan.range.days - first));
  const hour = Math.floor(digit(5) * 24);
  const fromTime = digit(6) < 0.4 ? '00:00' : `${String(hour).padStart(2, '0')}:15`;
  const toTime = digit(7) < 0.4 ? '23:59' : `${String(hour + Math.floor(digit(8) * (24 - hour))).padStart(2, '0')}:45`;
  return {
    start,
    end,
    fromDate: addDays(plan.range.from, first),
    toDate: addDays(plan.range.from, last),
    fromTime,
    toTime,
  };
}

function naiveChecksum(slots: Iterable<PlannedSlot>): { rows: number; checksum: bigint } {
  let rows = 0;
  let checksum = 0n;
  for (const { restaurantId, date, time } of slots) {
    rows += 1;
    checksum += BigInt(crc32(`${restaurantId}|${date}|${time}:00`));
  }
  return { rows, checksum };
}

function total(parts: { rows: number; checksum: bigint }[]): { rows: number; checksum: bigint } {
  const add = (a: (typeof parts)[number], b: (typeof parts)[number]) => ({
    rows: a.rows + b.rows,
    checksum: a.checksum + b.checksum,
  });
  return parts.map(({ rows, checksum }) => ({ rows, checksum })).reduce(add, { rows: 0, checksum: 0n });
}

function restaurantRows(plan: SlotPlan, index: number): number {
  return planRows(plan, { ...wholePlan(plan), start: index, end: index + 1 });
}

function expectNeighbours(plan: SlotPlan, chunks: PlanBox[]): void {
  if (plan.rows === 0) expect(chunks).toEqual([]);
  else
    expect([0, ...chunks.map(({ end }) => end)]).toEqual([
      ...chunks.map(({ start }) => start),
      plan.restaurants.length,
    ]);
}

function splitAll(plan: SlotPlan, box: PlanBox): PlannedSlot[] {
  const rows = planRows(plan, box);
  const halves = splitBox(plan, box);
  expect(halves === undefined).toBe(rows <= 1);
  if (halves === undefined) return [...plannedSlots(plan, box)];
  for (const half of halves) expect(planRows(plan, half)).toBeGreaterThan(0);
  return halves.flatMap((half) => splitAll(plan, half));
}
