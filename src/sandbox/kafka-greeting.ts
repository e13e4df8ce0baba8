import type { ServerAddress } from './engine.js';
import { readReply } from './read-reply.js';

/** What a Kafka says of itself. */
export interface KafkaGreeting {
  /** Chosen when its data folder was formatted: tells it from every other Kafka. */
  clusterId: string | undefined;
  /** Brokers that are registered and take requests. */
  brokers: { host: string; port: number }[];
}

const METADATA = 3;
/** The first whose answer tells the cluster's id; every Kafka since 0.10.1 speaks it. */
const METADATA_VERSION = 2;
const CORRELATION_ID = 7;
const LENGTH_BYTES = 4;

/**
 * Asks whoever listens at `address` for the brokers and the id of its cluster, and for no topic.
 *
 * @returns Undefined when nobody answers within `timeoutMs` or it is another protocol.
 */
export async function readKafkaGreeting(address: ServerAddress, timeoutMs = 2000): Promise<KafkaGreeting | undefined> {
  const reply = await readReply(address, { timeoutMs, send: metadataRequest(), isWhole });
  return reply === undefined ? undefined : parseMetadata(reply);
}

/**
 * A request for metadata without topics.
 *
 * @source Kafka protocol guide, "Request Header v1" and "Metadata Request (Version: 2)": an empty array of topics means none.
 */
export function metadataRequest(): Buffer {
  const client = Buffer.from('tablepick');
  const body = Buffer.alloc(LENGTH_BYTES + 10 + client.length + 4);
  body.writeInt32BE(body.length - LENGTH_BYTES, 0);
  body.writeInt16BE(METADATA, 4);
  body.writeInt16BE(METADATA_VERSION, 6);
  body.writeInt32BE(CORRELATION_ID, 8);
  body.writeInt16BE(client.length, 12);
  client.copy(body, 14);
  return body;
}

/**
 * The brokers and the cluster's id in the answer to {@link metadataRequest}; undefined for anything else.
 *
 * @source Kafka protocol guide, "Response Header v0" and "Metadata Response (Version: 2)".
 */
export function parseMetadata(reply: Buffer): KafkaGreeting | undefined {
  try {
    const fields = new FieldReader(reply);
    fields.int32();
    if (fields.int32() !== CORRELATION_ID) return undefined;
    const brokers = Array.from({ length: countOf(fields.int32()) }, () => readBroker(fields));
    return { brokers, clusterId: fields.nullableString() };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const BROKERS_AT_MOST = 10_000;

/** @throws RangeError for a count that is none, so that a foreign answer is not read on. */
function countOf(count: number): number {
  if (count < 0 || count > BROKERS_AT_MOST) throw new RangeError(`${count} brokers`);
  return count;
}

function readBroker(fields: FieldReader): { host: string; port: number } {
  fields.int32();
  const broker = { host: fields.nullableString() ?? '', port: fields.int32() };
  // Its rack.
  fields.nullableString();
  return broker;
}

/** Reads field after field; throws a RangeError past the end. */
class FieldReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  int32(): number {
    this.at += 4;
    return this.bytes.readInt32BE(this.at - 4);
  }

  nullableString(): string | undefined {
    const length = this.bytes.readInt16BE(this.at);
    this.at += 2;
    if (length < 0) return undefined;
    if (this.at + length > this.bytes.length) throw new RangeError('a string longer than the answer');
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }
}

function isWhole(received: Buffer): boolean {
  return received.length >= LENGTH_BYTES && received.length >= LENGTH_BYTES + received.readInt32BE(0);
}
