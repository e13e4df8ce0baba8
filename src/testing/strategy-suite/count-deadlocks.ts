import { type Database, type Session, isDeadlock } from '../../database/index.js';

/**
 * A handle that behaves as `database` does. It counts the statements of its transactions and sessions that ended in a
 * deadlock.
 */
export function countDeadlocks(database: Database): { database: Database; deadlocks: () => number } {
  let deadlocks = 0;
  const counting =
    <Borrowed extends Session, T>(work: (session: Borrowed) => Promise<T>) =>
    async (session: Borrowed): Promise<T> => {
      try {
        return await work(session);
      } catch (error) {
        if (isDeadlock(error)) deadlocks += 1;
        throw error;
      }
    };
  const counted: Database = {
    server: database.server,
    names: database.names,
    poolSize: database.poolSize,
    sql: (text) => database.sql(text),
    transaction: (work, options) => database.transaction(counting(work), options),
    session: (work, options) => database.session(counting(work), options),
    query: (sql, values, options) => database.query(sql, values, options),
    close: () => database.close(),
    [Symbol.asyncDispose]: () => database.close(),
  };
  return { database: counted, deadlocks: () => deadlocks };
}
