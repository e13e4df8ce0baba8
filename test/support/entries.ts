import { connect, type ConnectOptions, type Database, type Transaction } from 'tablepick/database';

import { createTestDatabase, type TestDatabase, type TestServer } from './servers.js';

/** A schema with one small table, `entry(id, note)`, to write into. */
export interface Entries {
  schema: TestDatabase;
  database: Database;
  count(): Promise<number>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Creates an {@link Entries} on `server`. */
export async function openEntries(server: TestServer): Promise<Entries> {
  const schema = await createTestDatabase(server);
  const database = await connect({ url: schema.url });
  const run = (sql: string) => database.session((session) => session.execute(sql));
  await run('CREATE TABLE entry (id BIGINT PRIMARY KEY, note VARCHAR(20)) ENGINE = InnoDB');
  return {
    schema,
    database,
    count: async () => (await database.query('SELECT id FROM entry')).length,
    clear: async () => void (await run('DELETE FROM entry')),
    close: async () => {
      await database.close();
      await schema.drop();
    },
  };
}

/** Inserts entry `id`. */
export async function insertEntry(tx: Transaction, id: number): Promise<void> {
  await tx.execute('INSERT INTO entry (id, note) VALUES (?, ?)', [id, 'x']);
}

/** Opens a handle of its own to `work` and closes it afterwards. */
export async function withDatabase<T>(options: ConnectOptions, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await connect(options);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
