import type { ServerAddress } from '../engines/engine.js';
import { readReply } from './read-reply.js';

const GREETING = 0x0a;
const REFUSAL = 0xff;
const HEADER_BYTES = 4;

/**
 * Waits for the first packet of a MySQL-family server and returns the version in it. When the server refuses (too many
 * connections), it is running too: its version is `''`.
 *
 * @returns Undefined when nobody listens, no packet comes within `timeoutMs`, or it is another protocol.
 * @source MySQL source documentation, "Protocol::HandshakeV10": a payload that begins with 0x0a and a zero-ended
 * version.
 */
export async function readServerVersion(address: ServerAddress, timeoutMs = 2000): Promise<string | undefined> {
  const bytes = await readReply(address, { timeoutMs, isWhole });
  return bytes === undefined ? undefined : parseGreeting(bytes);
}

/** The version in a greeting packet, `''` for a refusal, undefined for other packets. */
export function parseGreeting(packet: Buffer): string | undefined {
  const kind = packet[HEADER_BYTES];
  if (kind === REFUSAL) return '';
  const end = packet.indexOf(0, HEADER_BYTES + 1);
  if (kind !== GREETING || end < 0) return undefined;
  // MariaDB before 11 adds the prefix "5.5.5-" for old replicas.
  return packet.toString('latin1', HEADER_BYTES + 1, end).replace(/^5\.5\.5-/, '');
}

function isWhole(received: Buffer): boolean {
  return received.length > HEADER_BYTES && received.length >= HEADER_BYTES + received.readUIntLE(0, 3);
}
