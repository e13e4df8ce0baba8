import { closeAfter } from '../../closing.js';
import { isTablepickError } from '../../errors.js';
import type { Sandbox } from '../../sandbox/index.js';
import type { CommandContext } from '../command.js';
import { sandboxSettings } from './sandbox-settings.js';

/** Which Redis a command needs. */
export interface WantedRedis {
  /** The named Redis; undefined when none is named. */
  url: string | undefined;
  /** When none is named: `must` use the sandbox's, use it `if-possible`, or do `without`. */
  otherwise: 'must' | 'if-possible' | 'without';
}

/**
 * Runs `work` with the URL of a Redis. When none is named and one is wanted, it is the sandbox's, which is released
 * when `work` has ended.
 *
 * @throws What the sandbox or `work` throws; `SANDBOX_UNAVAILABLE` only for `must`.
 */
export async function withRedis<T>(
  context: CommandContext,
  { url, otherwise }: WantedRedis,
  work: (url: string | undefined) => Promise<T>,
): Promise<T> {
  if (url !== undefined || otherwise === 'without') return work(url);
  const sandbox = await acquireRedis(context, otherwise);
  if (sandbox === undefined) return work(undefined);
  const forget = context.stop.onAbort(() => sandbox.releaseNow());
  context.output.note(
    `no Redis named: the sandbox serves, redis ${sandbox.version} (${sandbox.source}, ${sandbox.path})`,
  );
  return closeAfter(
    () => sandbox.release().finally(forget),
    () => work(sandbox.url),
  );
}

async function acquireRedis(context: CommandContext, otherwise: 'must' | 'if-possible'): Promise<Sandbox | undefined> {
  const { acquireSandbox } = await import('../../sandbox/index.js');
  try {
    return await acquireSandbox(sandboxSettings(context, { engine: 'redis' }));
  } catch (error) {
    if (otherwise === 'must' || !isTablepickError(error, 'SANDBOX_UNAVAILABLE')) throw error;
    context.output.note(`without Redis, so without what needs one: ${error.message}`);
    return undefined;
  }
}
