import type { ProgramResult } from './run-program.js';
import { runCli } from './run-cli.js';
import { type TestDatabase, createTestDatabase, testServer, withConnection } from './servers.js';

/** The password of every user that {@link CliDatabase.withUser} makes. */
export const userPassword = 'correct horse';

/**
 * A schema with tables, 20 demo restaurants, and 2099-12-01 and 2099-12-02 generated as run 1: no slot of these days
 * begins while the tests are in use.
 */
export interface CliDatabase {
  url: string;
  /** Runs `tablepick` on it. */
  run(...words: string[]): Promise<ProgramResult>;
  query(sql: string): Promise<Record<string, unknown>[]>;
  countSlots(where?: string): Promise<number>;
  /** Runs `work` with the URL of a new user with `privileges` on this schema. The user's password is not in the URL. */
  withUser(privileges: string, work: (url: string) => Promise<void>): Promise<void>;
  drop(): Promise<void>;
}

/** Makes a {@link CliDatabase} on the MySQL test server through the command line itself. */
export async function createCliDatabase(): Promise<CliDatabase> {
  const database = await createTestDatabase(testServer('mysql'));
  const run = (...words: string[]) => runCli(words, { TABLEPICK_DATABASE_URL: database.url });
  for (const words of [['init'], ['generate-slots', '--demo', '20', '--from', '2099-12-01', '--days', '2']]) {
    const { code, stderr } = await run(...words);
    if (code !== 0) throw new Error(`tablepick ${words.join(' ')} ended with ${code}: ${stderr}`);
  }
  return {
    url: database.url,
    run,
    query: (sql) => query(database.url, sql),
    countSlots: async (where = '1 = 1') => {
      const [row] = await query(database.url, `SELECT COUNT(*) AS count FROM reservation_slot WHERE ${where}`);
      return Number(row?.count);
    },
    withUser: (privileges, work) => withUser(database, privileges, work),
    drop: () => database.drop(),
  };
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query(sql);
    return rows as Record<string, unknown>[];
  });
}

async function withUser(
  database: TestDatabase,
  privileges: string,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const user = `${database.name.slice(-12)}u`;
  await query(database.url, `CREATE USER '${user}'@'%' IDENTIFIED BY '${userPassword}'`);
  await query(database.url, `GRANT ${privileges} ON \`${database.name}\`.* TO '${user}'@'%'`);
  const url = new URL(database.url);
  [url.username, url.password] = [user, ''];
  try {
    await work(url.href);
  } finally {
    await query(database.url, `DROP USER '${user}'@'%'`);
  }
}
