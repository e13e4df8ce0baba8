import type { ServerAddress } from '../engines/engine.js';
import { readReply } from './read-reply.js';

/** A Kafka's answer about itself. */
export interface KafkaGreeting {
  /** Created when its data folder was formatted. It identifies this Kafka. */
  clusterId: string | undefined;
  /** Registered brokers that accept requests. */
  brokers: { host: string; port: number }[];
}

/** A user of a Kafka with SASL PLAIN. */
export interface KafkaUser {
  name: string;
  password: string;
}

const METADATA = 3;
/** The first version with the cluster's id in the answer. Every Kafka since 0.10.1 supports it. */
const METADATA_VERSION = 2;
const SASL_HANDSHAKE = 17;
/** The first version in which the login is a normal request. */
const SASL_HANDSHAKE_VERSION = 1;
const SASL_AUTHENTICATE = 36;
const SASL_AUTHENTICATE_VERSION = 0;
const CORRELATION_ID = 7;
const LENGTH_BYTES = 4;

/**
 * Asks the server at `address` for the brokers and the id of its cluster, without topics. With `user`, it logs in
 * before.
 *
 * @returns Undefined when nobody answers within two seconds, the login is refused, or it is another protocol.
 */
export async function readKafkaGreeting(address: ServerAddress, user?: KafkaUser): Promise<KafkaGreeting | undefined> {
  const requests = [...(user === undefined ? [] : loginRequests(user)), metadataRequest()];
  const isWhole = (received: Buffer) => splitFrames(received).length >= requests.length;
  // All requests are sent at once. Kafka reads them one by one, and it closes the connection when it refuses a login.
  const reply = await readReply(address, { timeoutMs: TIMEOUT_MS, send: Buffer.concat(requests), isWhole });
  const last = reply && splitFrames(reply)[requests.length - 1];
  return last && parseMetadata(last);
}

const TIMEOUT_MS = 2000;

/**
 * A request for metadata without topics.
 *
 * @source Kafka protocol guide, "Metadata Request (Version: 2)": an empty array of topics means none.
 */
export function metadataRequest(): Buffer {
  return request(METADATA, METADATA_VERSION, int32(0));
}

/**
 * The two requests of a login by SASL PLAIN.
 *
 * @source Kafka protocol guide, "SaslHandshake Request (Version: 1)", "SaslAuthenticate Request (Version: 0)"; RFC
 * 4616.
 */
export function loginRequests({ name, password }: KafkaUser): Buffer[] {
  const message = Buffer.from(`\0${name}\0${password}`);
  return [
    request(SASL_HANDSHAKE, SASL_HANDSHAKE_VERSION, text('PLAIN')),
    request(SASL_AUTHENTICATE, SASL_AUTHENTICATE_VERSION, Buffer.concat([int32(message.length), message])),
  ];
}

/** @source Kafka protocol guide, "Request Header v1". */
function request(key: number, version: number, body: Buffer): Buffer {
  const head = Buffer.concat([int16(key), int16(version), int32(CORRELATION_ID), text('tablepick')]);
  return Buffer.concat([int32(head.length + body.length), head, body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

/** The complete answers in the received bytes, each with its length before it. */
function splitFrames(received: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  let at = 0;
  while (received.length >= at + LENGTH_BYTES) {
    const end = at + LENGTH_BYTES + Math.max(0, received.readInt32BE(at));
    if (received.length < end) break;
    frames.push(received.subarray(at, end));
    at = end;
  }
  return frames;
}

/**
 * The brokers and the cluster's id in the answer to {@link metadataRequest}. Undefined for other bytes.
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

/** @throws RangeError for an invalid count, so that the answer of another protocol is not read further. */
function countOf(count: number): number {
  if (count < 0 || count > BROKERS_AT_MOST) throw new RangeError(`${count} brokers`);
  return count;
}

function readBroker(fields: FieldReader): { host: string; port: number } {
  fields.int32();
  const broker = { host: fields.nullableString() ?? '', port: fields.int32() };
  // The broker's rack.
  fields.nullableString();
  return broker;
}

/** Reads field after field. Throws a RangeError past the end. */
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
