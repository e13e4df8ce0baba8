import { type Database, connect } from '../database/index.js';
import { joinFailures } from '../errors.js';
import type { Sandbox, SandboxEvent } from '../sandbox/index.js';
import type { CommandContext } from './command.js';
import type { ConnectionOptions } from './options.js';
import { readPassword } from './read-password.js';
import { noteSandboxEvent } from './sandbox-notes.js';

/** A database to work on and where it came from. */
export interface OpenDatabase {
  database: Database;
  /** True when no database was named and the sandbox serves. */
  isSandbox: boolean;
}

/** Settings of {@link withDatabase} beside the user's options. */
export interface WithDatabaseSettings {
  /** Connections at most. Default: that of `connect`. */
  poolSize?: number | undefined;
  /** Schema to use on the sandbox instead of its own. */
  sandboxSchema?: string | undefined;
}

/**
 * Opens the database that `--url` or TABLEPICK_DATABASE_URL names, else the sandbox, runs `work` on it and closes everything again,
 * also when `work` fails or the user aborts it.
 *
 * @throws What connecting, the sandbox or `work` throws; a failure to close joins it and does not replace it.
 */
export async function withDatabase<T>(
  context: CommandContext,
  options: ConnectionOptions & WithDatabaseSettings,
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  const url = options.url ?? (options.engine === undefined ? process.env.TABLEPICK_DATABASE_URL : undefined);
  if (url === undefined || url === '') return withSandbox(context, options, work);
  const database = await connect({
    url,
    password: await readPassword(context, options, url),
    sslMode: options.sslMode,
    sslCa: options.sslCa,
    poolSize: options.poolSize,
  });
  return closeAfter(() => database.close(), () => work({ database, isSandbox: false }));
}

async function withSandbox<T>(
  context: CommandContext,
  options: ConnectionOptions & WithDatabaseSettings,
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  const { acquireSandbox } = await import('../sandbox/index.js');
  const onEvent = (event: SandboxEvent): void => noteSandboxEvent(context.output, event);
  const sandbox = await acquireSandbox({ engine: options.engine, signal: context.stop.signal, onEvent });
  context.output.note(describeSandbox(sandbox));
  const forget = context.stop.onAbort(() => sandbox.releaseNow());
  const release = async (): Promise<void> => {
    await sandbox.release();
    forget();
  };
  return closeAfter(release, async () => {
    const url = options.sandboxSchema === undefined ? sandbox.url : withSchema(sandbox.url, options.sandboxSchema);
    const database = await connect({ url, poolSize: options.poolSize });
    return closeAfter(() => database.close(), () => work({ database, isSandbox: true }));
  });
}

function describeSandbox(sandbox: Sandbox): string {
  const server = `${sandbox.engine} ${sandbox.version} (${sandbox.source}, ${sandbox.path})`;
  return `no database named: the sandbox serves, ${server}; its data lies in ${sandbox.dataDir}`;
}

function withSchema(url: string, schema: string): string {
  const address = new URL(url);
  address.pathname = `/${schema}`;
  return address.href;
}

/** Closes in any case; a failure to close joins the first one. */
async function closeAfter<T>(close: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await close().catch((second: unknown) => {
      throw joinFailures(error, second);
    });
    throw error;
  }
  await close();
  return result;
}
