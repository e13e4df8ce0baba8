import { closeAfter } from '../../closing.js';
import { type Database, connect, migrate } from '../../database/index.js';
import type { CommandContext } from '../command.js';
import { type WantedConnection, withConnection } from './with-connection.js';

/** An open database and its origin. */
export interface OpenDatabase {
  database: Database;
  /** True when no database was named and the sandbox is used. */
  isSandbox: boolean;
}

/**
 * Opens the named database, else the sandbox, runs `work` on it and closes everything again.
 *
 * @throws What connecting, the sandbox or `work` throws; a failure to close joins it.
 */
export async function withDatabase<T>(
  context: CommandContext,
  options: WantedConnection & { poolSize?: number },
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  return withConnection(context, options, async ({ connection, isSandbox }) => {
    const database = await connect({ ...connection, poolSize: options.poolSize });
    return closeAfter(
      () => database.close(),
      () => work({ database, isSandbox }),
    );
  });
}

/** As {@link withDatabase}, with tables to read: when the sandbox is empty, they are created first. */
export async function withTables<T>(
  context: CommandContext,
  options: WantedConnection & { poolSize?: number },
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  return withDatabase(context, options, async (open) => {
    if (open.isSandbox) await migrate(open.database);
    return work(open);
  });
}
