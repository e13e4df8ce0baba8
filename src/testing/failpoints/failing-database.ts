import type { Database } from '../../database/index.js';
import type { Failpoints } from './failpoint-plan.js';
import { isHandlingBatch } from './handled-batch.js';

const HANDLER = {
  before: 'consumer:before-effect',
  commit: 'consumer:before-commit',
  after: 'consumer:after-effect',
} as const;
const OTHER = {
  before: 'database:before-work',
  commit: 'database:before-commit',
  after: 'database:after-commit',
} as const;

/** A database whose transactions pass failpoints before their work, before the COMMIT and after the COMMIT. */
export function failingDatabase(database: Database, { pass }: Pick<Failpoints, 'pass'>): Database {
  return {
    server: database.server,
    names: database.names,
    poolSize: database.poolSize,
    sql: (text) => database.sql(text),
    transaction: async (work, options) => {
      const points = isHandlingBatch() ? HANDLER : OTHER;
      const result = await database.transaction(async (tx) => {
        await pass(points.before);
        const done = await work(tx);
        await pass(points.commit);
        return done;
      }, options);
      await pass(points.after);
      return result;
    },
    session: (work, options) => database.session(work, options),
    query: (sql, values, options) => database.query(sql, values, options),
    close: () => database.close(),
    [Symbol.asyncDispose]: () => database.close(),
  };
}
