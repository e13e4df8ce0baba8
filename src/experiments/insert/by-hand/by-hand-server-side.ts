import type { Database } from '../../../database/index.js';
import { compilePlan, readRules } from '../../../slots/index.js';
import type { SlotRange } from '../../../slots/index.js';
import { plannedDays } from '../../../slots/plan/index.js';
import type { SlotPlan } from '../../../slots/plan/index.js';
import { connectionsByHand, typeByHand } from './by-hand-connections.js';
import type { ReadyInsert } from '../ready-insert.js';
import { byHandTable } from '../../server/scratch-schema.js';

const CREATE_MOMENTS = `CREATE TABLE ${byHandTable} (date DATE NOT NULL, time TIME NOT NULL, PRIMARY KEY (date, time))`;
const INSERT_MOMENTS = `INSERT INTO ${byHandTable} (date, time) VALUES `;

// Restaurants by primary key, and for each the moments by theirs: rows arrive in the order of the unique key.
const INSERT_SELECT = `
  INSERT INTO {slot} ({slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity})
  SELECT STRAIGHT_JOIN r.{restaurant.id}, m.date, m.time, r.{restaurant.maxCapacity}
  FROM {restaurant} r JOIN ${byHandTable} m
  WHERE r.{restaurant.id} BETWEEN ? AND ?`;

/** Rows of one statement, as a person would choose them. */
const rowsPerStatement = 48_000;

/**
 * `INSERT … SELECT`, typed by hand into two terminals. All restaurants have the same hours, so a table of moments is
 * made before. There are no checkpoints and no retries, and each statement is a transaction of its own. An existing
 * slot would be an error.
 */
export async function readyServerSideByHand(database: Database, range: SlotRange): Promise<ReadyInsert> {
  const plan = await compilePlan(readRules(database), range);
  const moments = await createMoments(database, plan);
  const restaurantsPerStatement = Math.max(1, Math.floor(rowsPerStatement / moments));
  return {
    async insert(onRows) {
      await typeByHand(database, idRanges(plan, restaurantsPerStatement), {
        type: async (session, ids) => (await session.execute(INSERT_SELECT, ids)).affectedRows,
        onRows,
      });
      return { workers: connectionsByHand };
    },
    close: () => Promise.resolve(),
  };
}

async function createMoments(database: Database, plan: SlotPlan): Promise<number> {
  const ofOneRestaurant = { ...plan, restaurants: plan.restaurants.slice(0, 1) };
  const moments = [...plannedDays(ofOneRestaurant)].flatMap((day) => day.times.map(({ time }) => [day.date, time]));
  await database.session(async (session) => {
    await session.execute(CREATE_MOMENTS);
    await session.execute(INSERT_MOMENTS + moments.map(() => '(?,?)').join(','), moments.flat());
  });
  return moments.length;
}

function* idRanges(plan: SlotPlan, size: number): Generator<[first: number, last: number]> {
  for (let start = 0; start < plan.restaurants.length; start += size) {
    const ids = plan.restaurants.slice(start, start + size).map((each) => each.restaurantId);
    yield [ids.at(0) ?? 0, ids.at(-1) ?? 0];
  }
}
