import { connect, migrate } from 'tablepick/database';
import type { Database } from 'tablepick/database';
import { compilePlan, readRules, seedDemo } from 'tablepick/slots';
import type { SlotPlan, SlotRange } from 'tablepick/slots';

import { withTestDatabase } from './servers.js';
import type { TestServer } from './servers.js';

/** A schema with restaurants of different hours and without slots. Nothing is connected to it. */
export interface FireScene {
  url: string;
  range: SlotRange;
}

const RESTAURANTS = 60;

// Some stay open past midnight, some close on Mondays, some pause at noon.
const VARY_HOURS = [
  `UPDATE restaurant_operating_hour SET close_time = '02:00' WHERE restaurant_id % 7 = 0`,
  `UPDATE restaurant_operating_hour SET is_holiday = 1 WHERE restaurant_id % 5 = 0 AND day_of_week = 1`,
  `UPDATE restaurant_operating_hour SET close_time = '12:00' WHERE restaurant_id % 11 = 0`,
  `INSERT INTO restaurant_operating_hour (restaurant_id, day_of_week, open_time, close_time, is_holiday, step_minutes, capacity)
   SELECT restaurant_id, day_of_week, '14:00', '20:00', 0, 30, 12 FROM restaurant_operating_hour WHERE restaurant_id % 11 = 0`,
];

/** Runs `work` in such a schema on `server` and drops it. The drop fails when a connection was left open. */
export async function withFireScene(server: TestServer, work: (scene: FireScene) => Promise<void>): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    await fillScene(url);
    await work({ url, range: { from: '2026-12-25', days: 10 } });
  });
}

/** Creates tables and restaurants in an empty schema. */
export async function fillScene(url: string): Promise<void> {
  await withFireDatabase(url, async (database) => {
    await migrate(database);
    await seedDemo(database, RESTAURANTS);
    for (const statement of VARY_HOURS) await database.query(statement);
  });
}

/** The slots that a generation with the present rules would insert. */
export async function planOf({ url, range }: FireScene): Promise<SlotPlan> {
  return withFireDatabase(url, (database) => compilePlan(readRules(database), range));
}

/** Opens a handle of the package to the schema and closes it. */
export async function withFireDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await connect({ url, poolSize: 12 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
