import type { Database } from 'tablepick/database';
import { compilePlan, readRules, seedDemo } from 'tablepick/slots';
import type { RestaurantRules, SlotPlan } from 'tablepick/slots';

import { withMigratedDatabase } from './migrated-database.js';
import type { TestServer } from './servers.js';

/** A fresh schema with demo restaurants: 16 slots a day each. */
export interface SlotScene {
  database: Database;
  url: string;
  range: { from: string; days: number };
  rules(): AsyncIterable<RestaurantRules>;
  plan(): Promise<SlotPlan>;
  /** All slots, ordered by key, as text: equal texts are equal tables. */
  readSlots(): Promise<string[]>;
}

/** Runs `work` in such a scene and cleans up. */
export async function withSlotScene(
  server: TestServer,
  restaurants: number,
  work: (scene: SlotScene) => Promise<void>,
): Promise<void> {
  await withMigratedDatabase(server, async (database, url) => {
    await seedDemo(database, restaurants);
    await work(openScene(database, url));
  });
}

function openScene(database: Database, url: string): SlotScene {
  const range = { from: '2026-12-30', days: 4 };
  const rules = (): AsyncIterable<RestaurantRules> => readRules(database);
  return {
    database,
    url,
    range,
    rules,
    plan: () => compilePlan(rules(), range),
    readSlots: async () => {
      const rows = await database.query<{ line: string }>(
        `SELECT CONCAT_WS(' ', restaurant_id, date, time, capacity, count, version) AS line FROM reservation_slot
         ORDER BY restaurant_id, date, time`,
      );
      return rows.map(({ line }) => line);
    },
  };
}
