import type { ServerAddress } from './engine.js';
import { readReply } from './read-reply.js';

/**
 * Asks a Redis-family server whether it takes commands and returns its version, "7.0.15" or "8.1.1-valkey".
 * A server that wants a password is up all the same: its version is `''`.
 *
 * @returns Undefined when nobody answers within `timeoutMs`, it is still loading its data, or it is another protocol.
 * @source Redis documentation, "Redis serialization protocol specification", inline commands and simple errors.
 */
export async function readRedisVersion(address: ServerAddress, timeoutMs = 2000): Promise<string | undefined> {
  const reply = await readReply(address, { timeoutMs, send: 'PING\r\nINFO server\r\nQUIT\r\n' });
  return reply === undefined ? undefined : parseRedisGreeting(reply.toString('latin1'));
}

/** The version inside the answers to PING and INFO, `''` when a password is wanted, undefined for anything else. */
export function parseRedisGreeting(reply: string): string | undefined {
  if (reply.startsWith('-NOAUTH')) return '';
  if (!reply.startsWith('+PONG')) return undefined;
  const valkey = /^valkey_version:(\S+)/m.exec(reply)?.[1];
  // Valkey tells the version of Redis it stands in for, too.
  return valkey === undefined ? (/^redis_version:(\S+)/m.exec(reply)?.[1] ?? '') : `${valkey}-valkey`;
}
