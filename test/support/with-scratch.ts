import { type TestDatabase, type TestServer, withConnection, withTestDatabase } from './servers.js';

const MARK = 'CREATE TABLE tablepick_scratch (table_name VARCHAR(64) NOT NULL PRIMARY KEY)';

/** Runs `work` on a schema that somebody has marked as scratch by hand, so that experiments may empty it. */
export async function withScratch(server: TestServer, work: (database: TestDatabase) => Promise<void>): Promise<void> {
  await withTestDatabase(server, async (database) => {
    await withConnection(database.url, (connection) => connection.query(MARK));
    await work(database);
  });
}
