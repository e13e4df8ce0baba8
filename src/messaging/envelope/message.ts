import { randomUUID } from 'node:crypto';

import { TablepickError } from '../../errors.js';
import { isConnectEnvelope, wrappingOf } from './connect-wrapping.js';

/** An event or a command that one service sends to others, in its envelope. */
export interface Message<Data = unknown> {
  /**
   * Stays the same when the message is sent again. Consumers find duplicates by it. 1 to 64 printable ASCII characters.
   */
  id: string;
  /** What happened: "PaymentSucceeded". */
  type: string;
  /** Messages of one key stay in order. In this package it is the reservation's id. */
  key: string;
  /** What the message is about, and the topic it goes to: "payments". */
  aggregate: string;
  /** Version of `data` for this type, 1 or more. */
  schemaVersion: number;
  /** 1 at first. It grows by one each time a dead letter is sent again. */
  attempt: number;
  occurredAt: Date;
  /** The trace it belongs to. @source W3C Trace Context, 3.2 "Traceparent Header". */
  traceparent: string | undefined;
  data: Data;
}

/** The required parts of a message. The rest of its envelope has defaults. */
export type MessageDraft<Data = unknown> = Pick<Message<Data>, 'type' | 'key' | 'aggregate' | 'data'> &
  Partial<Message<Data>>;

/** A message as transports carry it. They read only topic and key. */
export interface WireMessage {
  topic: string;
  key: string;
  /** JSON of the message's data. */
  value: string;
  /** The rest of the envelope, see {@link encodeMessage}. */
  headers: Readonly<Record<string, string>>;
}

/** Longest `value`, in bytes: what a Kafka broker takes by default (1 MiB), less its framing and our headers. */
export const MOST_VALUE_BYTES = 1_000_000;

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const PRINTABLE = /^[!-~]{1,64}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Completes a message: a new id, version 1, first attempt, now.
 *
 * @throws `BAD_MESSAGE` when type or aggregate is not 1 to 64 letters, digits, `.`, `_` or `-`, or id or key not 1 to
 * 64 printable ASCII characters.
 */
export function createMessage<Data>(draft: MessageDraft<Data>): Message<Data> {
  return completeMessage(draft, new Date());
}

/** As {@link createMessage}, with the time that stands for now. */
export function completeMessage<Data>(draft: MessageDraft<Data>, now: Date): Message<Data> {
  const { id = randomUUID(), schemaVersion = 1, attempt = 1, occurredAt = now } = draft;
  const traceparent = readTrace(draft.traceparent);
  const { type, key, aggregate, data } = draft;
  return checkEnvelope({ id, type, key, aggregate, schemaVersion, attempt, occurredAt, traceparent, data });
}

/**
 * The message as transports carry it, for `topic`. The default is the topic of its aggregate. Debezium's outbox event
 * router can be set to write the same header names, so {@link decodeMessage} reads its messages, too.
 *
 * @throws `MESSAGE_TOO_LARGE` when its data is longer than {@link MOST_VALUE_BYTES}.
 */
export function encodeMessage(message: Message, topic = message.aggregate): WireMessage {
  const { id, type, key, schemaVersion, attempt, occurredAt, traceparent } = message;
  const headers: Record<string, string> = {
    id,
    type,
    aggregate: message.aggregate,
    schemaVersion: String(schemaVersion),
    attempt: String(attempt),
    occurredAt: occurredAt.toISOString(),
  };
  if (traceparent !== undefined) headers.traceparent = traceparent;
  return { topic, key, value: encodeData(message), headers };
}

/**
 * A message's data as JSON.
 *
 * @throws `BAD_MESSAGE` when it is nothing that JSON has; `MESSAGE_TOO_LARGE` when it is longer than
 * {@link MOST_VALUE_BYTES}.
 */
export function encodeData({ type, key, data }: Pick<Message, 'type' | 'key' | 'data'>): string {
  const value = JSON.stringify(data) as string | undefined;
  if (value === undefined) throw new TablepickError('BAD_MESSAGE', `${type} ${key} has no data that JSON can hold`);
  refuseLarge(value, `${type} ${key}`);
  return value;
}

/** @throws `MESSAGE_TOO_LARGE` when the value of `what` is longer than {@link MOST_VALUE_BYTES}. */
export function refuseLarge(value: string, what: string): void {
  // A UTF-16 unit takes at most three bytes.
  if (value.length * 3 <= MOST_VALUE_BYTES) return;
  const bytes = Buffer.byteLength(value);
  if (bytes > MOST_VALUE_BYTES) throw tooLarge(what, bytes);
}

/** The error for a value of so many bytes. */
export function tooLarge(what: string, bytes: number): TablepickError {
  return new TablepickError('MESSAGE_TOO_LARGE', `${what} has ${bytes} bytes, more than ${MOST_VALUE_BYTES}`, {
    hint: 'send a reference to where the data is instead of the data',
  });
}

/**
 * Reads what a transport carried.
 *
 * @throws `BAD_MESSAGE`, not retriable, that says what is wrong with it.
 */
export function decodeMessage({ topic, key, value, headers }: WireMessage): Message {
  const { id = '', type = '', aggregate = topic, schemaVersion = '1', attempt = '1', traceparent } = headers;
  return checkEnvelope({
    id,
    type,
    key,
    aggregate,
    schemaVersion: Number(schemaVersion),
    attempt: Number(attempt),
    occurredAt: readInstant(headers.occurredAt),
    traceparent: readTrace(traceparent),
    data: parseData(value),
  });
}

/**
 * The trace that a `traceparent` names. When it cannot be read, it is undefined, and the message is used without a
 * trace.
 *
 * @source W3C Trace Context, 3.2.2: version, trace id, parent id, flags; ids of zeros alone and version ff are invalid.
 */
export function readTrace(text: string | undefined): string | undefined {
  return text !== undefined && TRACEPARENT.test(text) ? text : undefined;
}

/** An ISO 8601 instant, or microseconds since 1970, as Debezium writes a DATETIME(6). */
function readInstant(text: string | undefined): Date {
  if (text === undefined) return new Date();
  return new Date(/^\d+$/.test(text) ? Number(text) / 1000 : text);
}

function parseData(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw bad(`its value is no JSON: ${(cause as Error).message}`, cause);
  }
}

function checkEnvelope<Data>(message: Message<Data>): Message<Data> {
  const { id, type, key, aggregate, schemaVersion, attempt, occurredAt } = message;
  refuseWrapped(message);
  if (!PRINTABLE.test(id)) throw bad(`its id is ${show(id)}`);
  if (!NAME.test(type)) throw bad(`its type is ${show(type)}`);
  if (!PRINTABLE.test(key)) throw bad(`its key is ${show(key)}`);
  if (!NAME.test(aggregate)) throw bad(`its aggregate is ${show(aggregate)}`);
  if (!isCount(schemaVersion)) throw bad(`its schema version is ${schemaVersion}`);
  if (!isCount(attempt)) throw bad(`its attempt is ${attempt}`);
  if (Number.isNaN(occurredAt.getTime())) throw bad('its occurred-at is no instant');
  return message;
}

/**
 * Refuses wrapped texts. Otherwise the wrapper would be part of the key, and the key's messages would lose their order.
 */
function refuseWrapped({ id, key, data }: Message): void {
  for (const [name, text] of [
    ['id', id],
    ['key', key],
  ] as const) {
    const wrapping = wrappingOf(text);
    if (wrapping !== undefined) throw wrapped(`its ${name} is wrapped in ${wrapping}: ${show(text)}`);
  }
  if (isConnectEnvelope(data)) throw wrapped('its value is wrapped in an envelope of schema and payload');
}

function wrapped(why: string): TablepickError {
  return new TablepickError('BAD_MESSAGE', `a message cannot be read: ${why}`, {
    hint: 'set key.converter and value.converter of the connector to org.apache.kafka.connect.storage.StringConverter, header.converter too, if it is set',
  });
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 32_767;
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function bad(why: string, cause?: unknown): TablepickError {
  return new TablepickError('BAD_MESSAGE', `a message cannot be read: ${why}`, {
    hint: 'see what wrote it; ids, keys, types and topics are 1 to 64 ASCII characters',
    cause,
  });
}
