import { checkInteger, LONGEST_TIMER_MS } from '../check-option.js';
import { TablepickError, isTablepickError } from '../errors.js';
import { KeptConnection } from './kept-connection.js';
import type { Redis } from './redis.js';
import { openRedisConnection } from './redis-connection.js';
import { prepareScript } from './redis-script.js';
import { describeRedis, parseRedisUrl } from './redis-url.js';
import { toWords } from './redis-words.js';

/** Settings of {@link connectRedis}. */
export interface ConnectRedisOptions {
  /** `redis[s]://[[user]:password@]host[:port][/database]`. */
  url: string;
  /** Longest wait for a connection and the server's first answer. Default 5000. */
  connectTimeoutMs?: number | undefined;
  /** Longest wait for the answer to a command. Default 250. */
  commandTimeoutMs?: number | undefined;
}

/**
 * Opens a handle to the Redis of `url`. Close it when done. When the connection breaks, it is opened again in the
 * background. Until then commands fail.
 *
 * @throws `BAD_URL`, `BAD_OPTION`, `SERVER_UNREACHABLE` or `ACCESS_DENIED`, none of them retriable.
 * @example
 * const redis = await connectRedis({ url: 'redis://127.0.0.1:6379' });
 */
export async function connectRedis(options: ConnectRedisOptions): Promise<Redis> {
  const { connection, handle } = prepare(options);
  await connection.open().catch((error: unknown) => {
    throw isTablepickError(error, 'ACCESS_DENIED') ? error : unreachable(error as TablepickError);
  });
  return handle;
}

/**
 * Like {@link connectRedis}, but returns at once. The first command opens the connection and waits for it, no longer
 * than for an answer. Further attempts run in the background.
 *
 * @throws `BAD_URL` or `BAD_OPTION`.
 * @example
 * const reservations = createReservations({ database, redis: connectRedisLater({ url: 'redis://127.0.0.1:6379' }) });
 */
export function connectRedisLater(options: ConnectRedisOptions): Redis {
  return prepare(options).handle;
}

function prepare(options: ConnectRedisOptions): { connection: KeptConnection; handle: Redis } {
  const address = parseRedisUrl(options.url);
  const name = describeRedis(address);
  const connectTimeoutMs = checkTimeout('connectTimeoutMs', options.connectTimeoutMs ?? 5000);
  const commandTimeoutMs = checkTimeout('commandTimeoutMs', options.commandTimeoutMs ?? 250);
  const open = (signal: AbortSignal) => openRedisConnection({ address, connectTimeoutMs, signal });
  const connection = new KeptConnection({ open, commandTimeoutMs, name });
  const command: Redis['command'] = async (args) => connection.send(toWords(args));
  const handle: Redis = {
    address: name,
    command,
    script: (lua) => prepareScript(command, lua),
    close: () => connection.close(),
    [Symbol.asyncDispose]: () => connection.close(),
  };
  return { connection, handle };
}

function checkTimeout(name: string, value: number): number {
  return checkInteger(name, value, {
    min: 1,
    max: LONGEST_TIMER_MS,
    message: `${name} must be a whole number of milliseconds of 1 or more, not ${value}`,
  });
}

/** When the first connection fails, a wrong address is more likely than a restart. */
function unreachable({ message, cause }: TablepickError): TablepickError {
  return new TablepickError('SERVER_UNREACHABLE', message, {
    hint: 'check host, port and redis:// or rediss://, and whether the server is up; a private one: tablepick sandbox up redis',
    cause,
  });
}
