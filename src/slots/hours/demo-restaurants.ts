import type { Database, SqlValue, Transaction } from '../../database/database.js';
import { checkInteger } from '../../check-option.js';
import { TablepickError } from '../../errors.js';
import type { RestaurantRules } from '../plan/index.js';

/** Default number of demo restaurants: the size of the service that this tool was first written for. */
export const demoRestaurantCount = 10_390;

const demoCapacity = 100;
const demoZone = 'Asia/Seoul';

/** The limit exists because all rows are written in one transaction. */
const MOST_RESTAURANTS = 1_000_000;
const RESTAURANTS_PER_INSERT = 2000;

// Needs REPEATABLE READ: when the table is empty, this locking read blocks other inserts until COMMIT.
const LOCK_ANY_RESTAURANT = `SELECT {restaurant.id} AS id FROM {restaurant} ORDER BY {restaurant.id} LIMIT 1 FOR UPDATE`;

const INSERT_RESTAURANTS = `INSERT INTO {restaurant}
  ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}, {restaurant.timeZone}) VALUES `;

const INSERT_HOURS = `
  INSERT INTO {operatingHour} ({operatingHour.restaurantId}, {operatingHour.dayOfWeek}, {operatingHour.openTime},
    {operatingHour.closeTime}, {operatingHour.isHoliday}, {operatingHour.stepMinutes})
  SELECT {restaurant.id}, d.day_number, '07:00:00', '23:00:00', 0, 60
  FROM {restaurant} CROSS JOIN (
    SELECT 1 AS day_number UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7
  ) d`;

const COUNT_DEMO = `
  SELECT COUNT(*) AS restaurants,
    SUM({restaurant.id} BETWEEN 1 AND ? AND {restaurant.name} = CONCAT('Demo restaurant ', {restaurant.id})) AS demo
  FROM {restaurant}`;

const FIND_ANY_RESTAURANT = `SELECT {restaurant.id} AS id FROM {restaurant} ORDER BY {restaurant.id} LIMIT 1`;

/**
 * Fills an empty database with `count` restaurants, ids 1 to `count`. Each is open 07:00–23:00 every day, in slots of
 * an hour with 100 seats. All rows are written in one transaction. When several calls run at once, one succeeds and the
 * others are refused.
 *
 * With `dryRun` it makes the same checks and changes nothing.
 *
 * @returns The number of restaurants.
 * @throws `DATABASE_NOT_EMPTY` when there is any restaurant; `BAD_OPTION` when `count` is not a whole number, 1 to
 * 1,000,000.
 */
export async function seedDemo(
  database: Database,
  count: number = demoRestaurantCount,
  options: { dryRun?: boolean } = {},
): Promise<number> {
  checkCount(count);
  if (options.dryRun === true) refuseOthers(database, await database.query<{ id: number }>(FIND_ANY_RESTAURANT));
  else await database.transaction((tx) => seed(tx, database, count), { isolation: 'REPEATABLE READ' });
  return count;
}

/** True when the database holds exactly the `count` restaurants of {@link seedDemo}, by id and name. */
export async function isDemo(database: Database, count: number): Promise<boolean> {
  const [found] = await database.query<{ restaurants: number; demo: string | null }>(COUNT_DEMO, [count]);
  return found?.restaurants === count && Number(found.demo) === count;
}

/** The rules of the demo restaurants, without a database. A dry run on an empty database uses them. */
export function* demoRules(count: number = demoRestaurantCount): Generator<RestaurantRules> {
  const day = [{ opensAt: '07:00', closesAt: '23:00' }];
  const week = [day, day, day, day, day, day, day];
  for (let restaurantId = 1; restaurantId <= count; restaurantId++)
    yield { restaurantId, capacity: demoCapacity, week };
}

function checkCount(count: number): void {
  checkInteger('count', count, {
    min: 1,
    max: MOST_RESTAURANTS,
    message: `a demo of ${count} restaurants`,
    hint: `give a whole number, 1 to ${MOST_RESTAURANTS}`,
  });
}

async function seed(tx: Transaction, database: Database, count: number): Promise<void> {
  refuseOthers(database, await tx.query<{ id: number }>(LOCK_ANY_RESTAURANT));
  for (let first = 1; first <= count; first += RESTAURANTS_PER_INSERT) {
    await insertRestaurants(tx, { first, last: Math.min(first + RESTAURANTS_PER_INSERT - 1, count) });
  }
  await tx.execute(INSERT_HOURS);
}

async function insertRestaurants(tx: Transaction, { first, last }: { first: number; last: number }): Promise<void> {
  const ids = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const values = ids.flatMap((id): SqlValue[] => [id, `Demo restaurant ${id}`, demoCapacity, demoZone]);
  await tx.execute(INSERT_RESTAURANTS + ids.map(() => '(?, ?, ?, ?)').join(', '), values);
}

function refuseOthers(database: Database, [restaurant]: readonly { id: number }[]): void {
  if (restaurant === undefined) return;
  const where = `${database.server.database}.${database.names.restaurant.table}`;
  throw new TablepickError(
    'DATABASE_NOT_EMPTY',
    `${where} already has restaurants, the first is ${restaurant.id}: no demo is put there`,
    { hint: 'leave --demo out to generate for the restaurants there are, or name an empty database' },
  );
}
