import { type Database, connect, migrate } from 'tablepick/database';

import { type TestServer, withTestDatabase } from './servers.js';

/** Runs `work` on a fresh schema with tablepick's tables, through a pool of its own, and cleans up. */
export async function withMigratedDatabase(
  server: TestServer,
  work: (database: Database, url: string) => Promise<void>,
): Promise<void> {
  await withTestDatabase(server, async ({ url }) => {
    const database = await connect({ url, poolSize: 12 });
    try {
      await migrate(database);
      await work(database, url);
    } finally {
      await database.close();
    }
  });
}
