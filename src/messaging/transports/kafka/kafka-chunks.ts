import { TablepickError } from '../../../errors.js';
import type { WireMessage } from '../../envelope/message.js';

/**
 * Most bytes that a broker takes for one partition in one request, less the framing.
 *
 * @source Kafka documentation, topic setting `max.message.bytes` ("The largest record batch size allowed", 1048588 by
 * default).
 */
const MOST_CHUNK_BYTES = 1_048_588 - 1000;

/** An upper bound for the lengths, times and numbers around key, value and headers. */
const RECORD_BYTES = 64;
const HEADER_BYTES = 10;

/**
 * From this size on, bytes are counted exactly, because a message that does not fit alone is refused. When a request of
 * smaller messages is too large, the brokers refuse it.
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

/** Headers are almost always ASCII. Counting the bytes of each takes a twentieth of the time to send the message. */
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
