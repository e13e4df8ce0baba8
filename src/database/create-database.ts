import { type ConnectOptions, connect } from './connections/connect.js';
import { quoteIdentifier } from './names.js';

/** `url` with another database of the same server. */
export function urlOfDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}

/** The name of the database in `url`. */
export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

/**
 * Creates a database on the server of `connection` when it is missing. Resolves with the options to connect to it.
 *
 * @throws As `connect`; `ACCESS_DENIED` when the user may not create it.
 */
export async function createDatabase(connection: ConnectOptions, name: string): Promise<ConnectOptions> {
  const database = await connect({ ...connection, poolSize: 1 });
  try {
    await database.session((session) => session.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(name)}`));
  } finally {
    await database.close();
  }
  return { ...connection, url: urlOfDatabase(connection.url, name) };
}
