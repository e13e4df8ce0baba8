import { closeAfter } from '../../closing.js';
import type { ConnectOptions } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { Sandbox } from '../../sandbox/index.js';
import type { CommandContext } from '../command.js';
import type { ConnectionOptions } from '../options/connection-options.js';
import { readPassword } from '../secrets/read-password.js';
import { sandboxSettings } from './sandbox-settings.js';

/** How to connect, and to what. */
export interface Connection {
  connection: ConnectOptions;
  /** True when no database was named and the sandbox is used. */
  isSandbox: boolean;
}

/** Which database a command works on. */
export interface WantedConnection extends ConnectionOptions {
  /** True for a command that writes, so that a replica is refused before anything else is done. */
  mustWrite?: boolean;
}

/**
 * Finds the database that `--url` or TABLEPICK_DATABASE_URL names, else starts the sandbox. The sandbox is released
 * when `work` has ended, also when it failed or the user aborts it.
 *
 * @throws What the sandbox, reading the password or `work` throws; a failure to give back joins it.
 */
export async function withConnection<T>(
  context: CommandContext,
  options: WantedConnection,
  work: (found: Connection) => Promise<T>,
): Promise<T> {
  // --engine asks for the sandbox, and a flag overrides the environment.
  const url = options.url ?? (options.engine === undefined ? process.env.TABLEPICK_DATABASE_URL : undefined);
  if (url === undefined) {
    refuseTls(options);
    return withSandbox(context, options, work);
  }
  const password = await readPassword(context, options, url);
  const { sslMode, sslCa, mustWrite } = options;
  return work({ connection: { url, password, sslMode, sslCa, mustWrite }, isSandbox: false });
}

/** The sandbox listens on this machine alone and speaks no TLS. A user who asks for TLS means another server. */
function refuseTls({ sslMode, sslCa }: ConnectionOptions): void {
  if (sslMode === undefined && sslCa === undefined) return;
  throw new TablepickError(
    'BAD_OPTION',
    '--ssl-mode and --ssl-ca need a database: none is named, the sandbox would serve',
    {
      hint: 'name it in --url or TABLEPICK_DATABASE_URL',
    },
  );
}

async function withSandbox<T>(
  context: CommandContext,
  options: ConnectionOptions,
  work: (found: Connection) => Promise<T>,
): Promise<T> {
  const { acquireSandbox } = await import('../../sandbox/index.js');
  const sandbox = await acquireSandbox(sandboxSettings(context, options));
  const forget = context.stop.onAbort(() => sandbox.releaseNow());
  context.output.note(describeSandbox(sandbox));
  const release = (): Promise<void> => sandbox.release().finally(forget);
  return closeAfter(release, () => work({ connection: { url: sandbox.url }, isSandbox: true }));
}

function describeSandbox(sandbox: Sandbox): string {
  const server = `${sandbox.engine} ${sandbox.version} (${sandbox.source}, ${sandbox.path})`;
  return `no database named: the sandbox serves, ${server}; its data lies in ${sandbox.dataDir}`;
}
