import type { ServerAddress } from '../engines/engine.js';
import { readReply } from './read-reply.js';

const GREETING = 0x0a;
const REFUSAL = 0xff;
const HEADER_BYTES = 4;

/**
 * Waits for the first packet a MySQL-family server sends and returns the version in it. A server that refuses (too many
 * connections) is up all the same: its version is `''`.
 *
 * @returns Undefined when nobody listens, nobody speaks within `timeoutMs`, or it is another protocol.
 * @source MySQL source documentation, "Protocol::HandshakeV10": a payload that begins with 0x0a and a zero-ended
 * version.
 */
export async function readServerVersion(address: ServerAddress, timeoutMs = 2000): Promise<string | undefined> {
  const bytes = await readReply(address, { timeoutMs, isWhole });
  return bytes === undefined ? undefined : parseGreeting(bytes);
}

/** The version inside a greeting packet, `''` for a refusal, undefined for anything else. */
export function parseGreeting(packet: Buffer): string | undefined {
  const kind = packet[HEADER_BYTES];
  if (kind === REFUSAL) return '';
  const end = packet.indexOf(0, HEADER_BYTES + 1);
  if (kind !== GREETING || end < 0) return undefined;
  // MariaDB before 11 puts "5.5.5-" in front for the sake of old replicas.
  return packet.toString('latin1', HEADER_BYTES + 1, end).replace(/^5\.5\.5-/, '');
}

function isWhole(received: Buffer): boolean {
  return received.length > HEADER_BYTES && received.length >= HEADER_BYTES + received.readUIntLE(0, 3);
}
