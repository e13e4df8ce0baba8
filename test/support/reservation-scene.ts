import { connect, migrate } from 'tablepick/database';
import type { Database, SchemaNames, SqlValue } from 'tablepick/database';

import { withTestDatabase } from './servers.js';
import type { TestServer } from './servers.js';

/** A fresh schema with one restaurant and slots of the year 2099 with the ids 1, 2, … */
export interface ReservationScene {
  database: Database;
  url: string;
  /** Runs a statement directly on the database; names as in `{slot.count}`. */
  run(sql: string, values?: readonly SqlValue[]): Promise<void>;
}

/** Settings of {@link withReservationScene}. */
export interface SceneSettings {
  slots: number;
  capacity: number;
  poolSize?: number;
  /** For the connections that go through a proxy. */
  statementTimeoutMs?: number;
  names?: SchemaNames;
}

/** Runs `work` in such a scene and cleans up. */
export async function withReservationScene(
  server: TestServer,
  { slots, capacity, poolSize = 12, names }: SceneSettings,
  work: (scene: ReservationScene) => Promise<void>,
): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    const database = await connect({ url, poolSize, names });
    const run = async (sql: string, values?: readonly SqlValue[]): Promise<void> => {
      await database.session((session) => session.execute(sql, values));
    };
    try {
      await migrate(database);
      await run(
        `INSERT INTO {restaurant} ({restaurant.id}, {restaurant.name}, {restaurant.maxCapacity}) VALUES (1, 'a', 1)`,
      );
      await run(`INSERT INTO {slot} ({slot.id}, {slot.restaurantId}, {slot.date}, {slot.time}, {slot.capacity}) VALUES
        ${Array.from({ length: slots }, (_, index) => slotRow(index + 1, capacity)).join(', ')}`);
      await work({ database, url, run });
    } finally {
      await database.close();
    }
  });
}

function slotRow(id: number, capacity: number): string {
  const date = new Date(Date.UTC(2099, 0, 1 + Math.floor(id / 24))).toISOString().slice(0, 10);
  return `(${id}, 1, '${date}', '${id % 24}:00', ${capacity})`;
}
