import { onAbort } from '../abort/on-abort.js';
import type { TablepickError } from '../errors.js';
import { refusedCommand, unavailable } from './redis-errors.js';
import { describeRedis, type RedisAddress } from './redis-url.js';
import type { RedisWord } from './redis-words.js';

/** One physical connection. It is never opened again. */
export interface RedisConnection {
  /**
   * Sends a command.
   *
   * @throws `REDIS_UNAVAILABLE`, `ACCESS_DENIED` or `REDIS_FAILED`.
   */
  send(words: readonly RedisWord[]): Promise<unknown>;
  /** Resolves with the reason when the connection breaks by itself. */
  readonly lost: Promise<Error>;
  /** Closes the connection at once. Open commands fail. */
  destroy(): void;
}

/** Settings of {@link openRedisConnection}. */
export interface OpenRedisOptions {
  address: RedisAddress;
  connectTimeoutMs: number;
  /** Stops opening. */
  signal: AbortSignal;
}

/** The used part of the client. */
interface Client {
  connect(): Promise<unknown>;
  sendCommand(words: RedisWord[]): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Opens one connection and waits for the answer to a PING, because a paused server accepts connections too.
 *
 * @throws `REDIS_UNAVAILABLE` when it cannot be reached or does not answer within `connectTimeoutMs`, `ACCESS_DENIED`,
 * `REDIS_FAILED`.
 */
export async function openRedisConnection(options: OpenRedisOptions): Promise<RedisConnection> {
  const { createClient, ErrorReply } = await import('@redis/client');
  const client: Client = createClient(clientOptions(options));
  const lost = new Promise<Error>((resolve) => client.on('error', resolve));
  const name = describeRedis(options.address);
  const explain = (doing: string, error: unknown): TablepickError =>
    error instanceof ErrorReply ? refusedCommand(doing, error) : unavailable(doing, messageOf(error), error);
  await openWithin(options, client).catch((error: unknown) => {
    throw explain(`connecting to ${name}`, error);
  });
  return {
    lost,
    send: async (words) => {
      try {
        return await client.sendCommand([...words]);
      } catch (error) {
        throw explain(`${String(words[0])} on ${name}`, error);
      }
    },
    destroy: () => client.destroy(),
  };
}

function clientOptions({ address, connectTimeoutMs }: OpenRedisOptions) {
  const { tls, host, port, user, password, database } = address;
  return {
    socket: {
      host,
      port,
      ...(tls ? { tls } : {}),
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
    } as const,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    database,
    RESP: 2,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    disableClientInfo: true,
    // The handle has its own deadlines. The client's timeout covers only the wait before a command is sent.
    commandOptions: { timeout: 0 },
  } as const;
}

async function openWithin({ connectTimeoutMs, signal }: OpenRedisOptions, client: Client): Promise<void> {
  const opening = client.connect().then(() => client.sendCommand(['PING']));
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => (fail = reject));
  const timer = setTimeout(() => fail(new Error(`no answer within ${connectTimeoutMs} ms`)), connectTimeoutMs);
  const forget = onAbort(signal, () => fail(new Error('the handle was closed')));
  try {
    await Promise.race([opening, failed]);
  } catch (error) {
    client.destroy();
    // When the client is destroyed before its socket is connected, the socket stays open. So the client is destroyed
    // again afterwards.
    void opening.catch(() => {}).then(() => client.destroy());
    throw error;
  } finally {
    clearTimeout(timer);
    forget();
  }
}

/** Node joins the failures of all addresses of a host in an error without a message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
