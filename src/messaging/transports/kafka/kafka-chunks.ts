import { TablepickError } from '../../../errors.js';
import type { WireMessage } from '../../envelope/message.js';

/**
 * The most a broker takes of one partition in one request, less what frames it.
 *
 * @source Kafka documentation, topic setting `max.message.bytes` ("The largest record batch size allowed", 1048588 by
 * default).
 */
const MOST_CHUNK_BYTES = 1_048_588 - 1000;

/** More than the lengths, times and numbers around key, value and headers take. */
const RECORD_BYTES = 64;
const HEADER_BYTES = 10;

/**
 * From here on every byte counts: what does not fit alone is refused. Should a request of smaller ones be too large,
 * the brokers say so.
 */
const LARGE_BYTES = 100_000;

/**
 * Splits messages, in their order, into requests that the brokers take.
 *
 * @throws `MESSAGE_TOO_LARGE` when one of them does not fit alone.
 */
export function chunkMessages(messages: readonly WireMessage[]): WireMessage[][] {
  const chunks: WireMessage[][] = [];
  let left = 0;
  for (const message of messages) {
    const bytes = bytesOf(message);
    if (bytes > MOST_CHUNK_BYTES) refuse(message, bytes);
    if (bytes > left) {
      chunks.push([]);
      left = MOST_CHUNK_BYTES;
    }
    chunks.at(-1)!.push(message);
    left -= bytes;
  }
  return chunks;
}

/** Headers are next to always ASCII; counting the bytes of each costs a twentieth of sending the message. */
function bytesOf({ key, value, headers }: WireMessage): number {
  let bytes = RECORD_BYTES + Buffer.byteLength(key) + Buffer.byteLength(value);
  const isLarge = bytes > LARGE_BYTES;
  for (const name in headers) {
    const text = headers[name] ?? '';
    bytes += HEADER_BYTES + (isLarge ? Buffer.byteLength(name + text) : name.length + text.length);
  }
  return bytes;
}

function refuse({ topic, key }: WireMessage, bytes: number): never {
  throw new TablepickError(
    'MESSAGE_TOO_LARGE',
    `a message of ${topic} with the key ${JSON.stringify(key.slice(0, 80))} has ${bytes} bytes, more than ${MOST_CHUNK_BYTES}`,
    { hint: 'send a reference to where the data is instead of the data' },
  );
}
