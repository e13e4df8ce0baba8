import { connect, quoteIdentifier } from '../database/index.js';
import type { ConnectOptions } from '../database/index.js';

/** The scratch schema on a server of our own. */
export const benchSchema = 'tablepick_bench';

/** Creates the schema {@link benchSchema} on the server of `connection` when it is missing and returns the way to connect to it. */
export async function createBenchDatabase(connection: ConnectOptions): Promise<ConnectOptions> {
  const database = await connect({ ...connection, poolSize: 1 });
  try {
    const statement = `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(benchSchema)}`;
    await database.session((session) => session.execute(statement));
  } finally {
    await database.close();
  }
  const url = new URL(connection.url);
  url.pathname = `/${benchSchema}`;
  return { ...connection, url: url.href };
}
