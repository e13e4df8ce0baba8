import { connect, quoteIdentifier } from '../database/index.js';
import type { ConnectOptions } from '../database/index.js';

/** The scratch schema where nobody names one. */
const benchSchema = 'tablepick_bench';

/** Creates `schema` (default `tablepick_bench`) on the server of `connection` when it is missing and returns the way to connect to it. */
export async function createBenchDatabase(connection: ConnectOptions, schema = benchSchema): Promise<ConnectOptions> {
  const database = await connect({ ...connection, poolSize: 1 });
  try {
    const statement = `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(schema)}`;
    await database.session((session) => session.execute(statement));
  } finally {
    await database.close();
  }
  const url = new URL(connection.url);
  url.pathname = `/${encodeURIComponent(schema)}`;
  return { ...connection, url: url.href };
}
