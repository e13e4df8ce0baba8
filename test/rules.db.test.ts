import { connect, defaultNames, migrate } from 'tablepick/database';
import type { Database, SchemaNames } from 'tablepick/database';
import { compilePlan, demoRestaurantCount, isDemo, readRules, seedDemo } from 'tablepick/slots';
import type { ReadRulesOptions, RestaurantRules } from 'tablepick/slots';
import { describe, expect, it } from 'vitest';

import { testServers, withTestDatabase } from './support/servers.js';
import type { TestServer } from './support/servers.js';

const awkwardNames: SchemaNames = {
  ...defaultNames,
  restaurant: {
    table: 'my `order`',
    columns: { id: 'key', name: 'select', maxCapacity: 'seats of it', timeZone: 'zone' },
  },
};

describe.each(testServers())('rules on $name', (server) => {
  it('are read with intervals, nights, steps and capacities, Monday first', async () => {
    await withSchema(server, async (database) => {
      await addRestaurant(database, 7, 40);
      await addHours(database, [7, 1, '17:00', '02:00', false, 60, null]);
      await addHours(database, [7, 1, '09:30:00', '12:00', false, 30, 8]);
      await addHours(database, [7, 7, '00:00', '24:00', false, 90, 0]);
      const [rules, ...more] = await readAll(database);
      expect(more).toEqual([]);
      expect(rules).toMatchObject({ restaurantId: 7, capacity: 40 });
      expect(rules?.week).toEqual([
        [
          { opensAt: '09:30', closesAt: '12:00', stepMinutes: 30, capacity: 8 },
          { opensAt: '17:00', closesAt: '02:00', stepMinutes: 60, capacity: undefined },
        ],
        [],
        [],
        [],
        [],
        [],
        [{ opensAt: '00:00', closesAt: '24:00', stepMinutes: 90, capacity: 0 }],
      ]);
    });
  });

  it('close a day that has a holiday row, whatever else it has', async () => {
    await withSchema(server, async (database) => {
      await addRestaurant(database, 1, 40);
      await addHours(database, [1, 2, '09:00', '12:00', false, 60, null]);
      await addHours(database, [1, 2, '00:00', '00:00', true, 60, null]);
      await addHours(database, [1, 3, '09:00', '12:00', false, 60, null]);
      const [rules] = await readAll(database);
      expect(rules?.week.map((day) => day.length)).toEqual([0, 0, 1, 0, 0, 0, 0]);
    });
  });

  it('see a holiday also where the column is a BIT', async () => {
    await withSchema(server, async (database) => {
      await database.session((session) =>
        session.execute('ALTER TABLE restaurant_operating_hour MODIFY is_holiday BIT(1) NOT NULL'),
      );
      await addRestaurant(database, 1, 40);
      await addHours(database, [1, 2, '09:00', '12:00', true, 60, null]);
      await addHours(database, [1, 3, '09:00', '12:00', false, 60, null]);
      const [rules] = await readAll(database);
      expect(rules?.week.map((day) => day.length)).toEqual([0, 0, 1, 0, 0, 0, 0]);
    });
  });

  it('are an empty week for a restaurant without hours', async () => {
    await withSchema(server, async (database) => {
      await addRestaurant(database, 1, 40);
      expect(await readAll(database)).toEqual([{ restaurantId: 1, capacity: 40, week: [[], [], [], [], [], [], []] }]);
    });
  });

  it('are none on a database without restaurants', async () => {
    await withSchema(server, async (database) => expect(await readAll(database)).toEqual([]));
  });

  it.each([
    [
      'a closing time past a day',
      [5, 3, '09:00', '25:00', false, 60, null],
      'restaurant 5, Wednesday: closing time "25:00"',
    ],
    [
      'the longest TIME',
      [5, 3, '09:00', '838:59:59', false, 60, null],
      'restaurant 5, Wednesday: closing time "838:59:59"',
    ],
    [
      'a negative TIME',
      [5, 3, '-01:00', '12:00', false, 60, null],
      'restaurant 5, Wednesday: opening time "-01:00:00"',
    ],
    ['seconds', [5, 3, '09:00', '12:00:01', false, 60, null], 'restaurant 5, Wednesday: closing time "12:00:01"'],
    [
      'closing when it opens',
      [5, 3, '09:00', '09:00', false, 60, null],
      'restaurant 5, Wednesday: opens and closes at 09:00',
    ],
    ['a step of nothing', [5, 3, '09:00', '12:00', false, 0, null], 'restaurant 5, Wednesday: step of 0 minutes'],
    ['an eighth weekday', [5, 8, '09:00', '12:00', false, 60, null], 'restaurant 5: day of week 8'],
    ['weekday 0', [5, 0, '09:00', '12:00', true, 60, null], 'restaurant 5: day of week 0'],
  ] as const)('are refused by name for %s', async (_, hours, part) => {
    await withSchema(server, async (database) => {
      await addRestaurant(database, 5, 40);
      await addHours(database, hours);
      await expect(readAll(database)).rejects.toMatchObject({
        code: 'BAD_RULE',
        message: expect.stringContaining(part),
      });
    });
  });

  it('come for the restaurants that were asked for, ascending and each once', async () => {
    await withSchema(server, async (database) => {
      for (const id of [2, 3, 5, 9]) await addRestaurant(database, id, id);
      const ids = async (restaurantIds: ReadRulesOptions['restaurantIds']): Promise<number[]> =>
        (await readAll(database, { restaurantIds })).map(({ restaurantId }) => restaurantId);
      expect(await ids(undefined)).toEqual([2, 3, 5, 9]);
      expect(await ids([9, 2, 9])).toEqual([2, 9]);
      expect(await ids({ from: 3, to: 8 })).toEqual([3, 5]);
      expect(await ids({ from: 3, to: 3 })).toEqual([3]);
      expect(await ids([])).toEqual([]);
    });
  });

  it('are refused for restaurants that do not exist, each id told before any rule is given', async () => {
    await withSchema(server, async (database) => {
      await addRestaurant(database, 2, 1);
      const given: RestaurantRules[] = [];
      const reading = (async () => {
        for await (const rules of readRules(database, { restaurantIds: [44, 2, 3] })) given.push(rules);
      })();
      await expect(reading).rejects.toMatchObject({
        code: 'UNKNOWN_RESTAURANT',
        message: expect.stringMatching(/ 3, 44$/),
      });
      expect(given).toEqual([]);
      const empty = readAll(database, { restaurantIds: { from: 3, to: 8 } });
      await expect(empty).rejects.toMatchObject({
        code: 'UNKNOWN_RESTAURANT',
        message: expect.stringContaining('from 3 to 8'),
      });
    });
  });

  it('are refused for ids that can be none', async () => {
    await withSchema(server, async (database) => {
      for (const restaurantIds of [[0], [1.5], { from: 5, to: 4 }, { from: 0, to: 4 }]) {
        await expect(readAll(database, { restaurantIds })).rejects.toMatchObject({ code: 'BAD_OPTION' });
      }
    });
  });

  it('lose no restaurant between pages, also where pages end', async () => {
    await withSchema(server, async (database) => {
      await seedDemo(database, 4000);
      const all = (await readAll(database)).map(({ restaurantId }) => restaurantId);
      expect(all).toEqual(Array.from({ length: 4000 }, (_, index) => index + 1));
      const odd = all.filter((id) => id % 2 === 1).concat(4000);
      const listed = await readAll(database, { restaurantIds: odd });
      expect(listed.map(({ restaurantId }) => restaurantId)).toEqual(odd);
      expect(listed.every(({ week }) => week.every((day) => day.length === 1))).toBe(true);
    });
  });

  it('are read from tables and columns of other names', async () => {
    const read = async (database: Database): Promise<void> => {
      await seedDemo(database, 3);
      expect(await isDemo(database, 3)).toBe(true);
      expect((await readAll(database, { restaurantIds: [2] }))[0]).toMatchObject({ restaurantId: 2, capacity: 100 });
    };
    await withSchema(server, read, awkwardNames);
  });
});

describe.each(testServers())('the demo on $name', (server) => {
  it('fills an empty database with restaurants of 16 hourly slots a day', async () => {
    await withSchema(server, async (database) => {
      expect(await seedDemo(database)).toBe(demoRestaurantCount);
      const plan = await compilePlan(readRules(database), { from: '2026-12-01', days: 30 });
      expect(plan.restaurants).toHaveLength(10_390);
      expect(plan.rows).toBe(4_987_200);
      expect(plan.weeks).toHaveLength(1);
    });
  });

  it('never touches a database that has a restaurant', async () => {
    await withSchema(server, async (database) => {
      await addRestaurant(database, 77, 1);
      await expect(seedDemo(database, 5)).rejects.toMatchObject({
        code: 'DATABASE_NOT_EMPTY',
        message: expect.stringContaining('77'),
        hint: expect.stringContaining('--demo'),
      });
      expect(await readAll(database)).toHaveLength(1);
    });
  });

  it('is filled in by one of several at once, and the others are refused', async () => {
    await withSchema(server, async (database) => {
      const outcomes = await Promise.allSettled([500, 500, 500, 500].map((count) => seedDemo(database, count)));
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
        Array(3).fill('DATABASE_NOT_EMPTY'),
      );
      expect(await isDemo(database, 500)).toBe(true);
      const rules = await readAll(database);
      expect(rules.flatMap(({ week }) => week.flat())).toHaveLength(500 * 7);
    });
  });

  it('is known again only by exactly its restaurants', async () => {
    await withSchema(server, async (database) => {
      expect(await isDemo(database, 3)).toBe(false);
      await seedDemo(database, 3);
      expect([await isDemo(database, 2), await isDemo(database, 3), await isDemo(database, 4)]).toEqual([
        false,
        true,
        false,
      ]);
      await addRestaurant(database, 9, 1);
      expect([await isDemo(database, 3), await isDemo(database, 4)]).toEqual([false, false]);
    });
  });

  it('refuses counts that are none', async () => {
    await withSchema(server, async (database) => {
      for (const count of [0, -1, 1.5, 1_000_001]) {
        await expect(seedDemo(database, count)).rejects.toMatchObject({ code: 'BAD_OPTION' });
      }
      expect(await readAll(database)).toEqual([]);
    });
  });
});

type Hours = readonly [number, number, string, string, boolean, number, number | null];

async function withSchema(
  server: TestServer,
  work: (database: Database) => Promise<void>,
  names: SchemaNames = defaultNames,
): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    const database = await connect({ url, names, poolSize: 4 });
    try {
      await migrate(database);
      await work(database);
    } finally {
      await database.close();
    }
  });
}

async function addRestaurant(database: Database, id: number, seats: number): Promise<void> {
  const sql =
    'INSERT INTO {restaurant} ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}) VALUES (?, ?, ?)';
  await database.transaction((tx) => tx.execute(sql, [id, `restaurant ${id}`, seats]));
}

async function addHours(database: Database, hours: Hours): Promise<void> {
  const sql = `
    INSERT INTO restaurant_operating_hour
      (restaurant_id, day_of_week, open_time, close_time, is_holiday, step_minutes, capacity) VALUES (?, ?, ?, ?, ?, ?, ?)`;
  await database.transaction((tx) => tx.execute(sql, hours));
}

async function readAll(database: Database, options?: ReadRulesOptions): Promise<RestaurantRules[]> {
  const all: RestaurantRules[] = [];
  for await (const rules of readRules(database, options)) all.push(rules);
  return all;
}
