import type { ServerAddress } from '../engines/engine.js';
import { readReply } from './read-reply.js';

const TIMEOUT_MS = 2000;

/**
 * Asks a Redis-family server whether it accepts commands and returns its version, "7.0.15" or "8.1.1-valkey". When the
 * server needs another password, it is running too: its version is `''`.
 *
 * @returns Undefined when nobody answers within two seconds, it is still loading its data, or it is another protocol.
 * @source Redis documentation, "Redis serialization protocol specification", inline commands and simple errors.
 */
export async function readRedisVersion(address: ServerAddress, password?: string): Promise<string | undefined> {
  const login = password === undefined ? '' : `AUTH ${password}\r\n`;
  const send = `${login}PING\r\nINFO server\r\nQUIT\r\n`;
  const reply = await readReply(address, { timeoutMs: TIMEOUT_MS, send });
  return reply === undefined ? undefined : parseRedisGreeting(reply.toString('latin1'));
}

/**
 * The version in the answers to AUTH (if it was sent), PING and INFO. `''` when another password is needed, undefined
 * for other answers.
 */
export function parseRedisGreeting(reply: string): string | undefined {
  const ofPing = reply.replace(/^(?:\+OK|-WRONGPASS|-ERR AUTH )[^\n]*\n/, '');
  if (ofPing.startsWith('-NOAUTH')) return '';
  if (!ofPing.startsWith('+PONG')) return undefined;
  const valkey = /^valkey_version:(\S+)/m.exec(reply)?.[1];
  // Valkey also reports the Redis version that it is compatible with.
  return valkey === undefined ? (/^redis_version:(\S+)/m.exec(reply)?.[1] ?? '') : `${valkey}-valkey`;
}
