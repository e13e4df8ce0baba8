import type { Database } from 'tablepick/database';

/** Runs statements that are separated by semicolons. */
export async function runAll(database: Database, statements: string): Promise<void> {
  for (const statement of statements.split('; ')) await database.session((session) => session.execute(statement));
}

/**
 * The same database through a new handle, which was not asked anything yet. `onQuery` is called for each query outside
 * of transactions.
 */
export function watchedHandle(database: Database, onQuery: (sql: string) => void): Database {
  const query = ((sql: string, ...more: never[]) => {
    onQuery(sql);
    return database.query(sql, ...more);
  }) as Database['query'];
  return Object.assign(Object.create(database) as Database, { query });
}
