import { createHash } from 'node:crypto';

import { type SqlValue, type Transaction, instantText } from '../../database/index.js';
import type { TablepickError } from '../../errors.js';
import type { WireMessage } from '../envelope/message.js';

/** Why a message is dead, beside the message itself. */
export interface Death {
  /** The group that could not handle it; '' when the transport would not take it. */
  group: string;
  /** Name of its handler. Empty when none was found. */
  handler: string;
  /** Code of a {@link TablepickError}, or name of another error. */
  reason: string;
  error: string;
  stack: string | undefined;
  attempts: number;
  /** First failure. */
  firstAt: Date;
}

/** Most characters of a text. Each takes at most three bytes. */
const MOST_TEXT = 16_000;

/** Characters of the column. */
const MOST_ID = 64;

/** Bytes of the column. */
const MOST_HEADER_BYTES = 65_535;
const ENVELOPE = ['id', 'type', 'aggregate', 'schemaVersion', 'attempt', 'occurredAt', 'traceparent'];

// When a redriven letter fails again, it is dead again. A parked letter stays parked. The count of redrives stays.
const INSERT = `INSERT INTO dead_letter (consumer_group, message_id, topic, message_key, type, handler, reason, error, stack, attempts, headers,
    payload, first_at, last_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))
  ON DUPLICATE KEY UPDATE handler = VALUES(handler), reason = VALUES(reason), error = VALUES(error), stack = VALUES(stack),
    attempts = attempts + VALUES(attempts), headers = VALUES(headers), payload = VALUES(payload), last_at = UTC_TIMESTAMP(6), state = IF(state = 'PARKED', state, 'DEAD')`;

/**
 * Writes a message to the dead letters. The same message of the same group always has one row. Any content is made to
 * fit, because a letter that cannot be written would stop its partition.
 */
export async function writeDeadLetter(tx: Transaction, message: WireMessage, death: Death): Promise<void> {
  await tx.execute(INSERT, valuesOf(message, death));
}

function valuesOf({ topic, key, value, headers }: WireMessage, death: Death): SqlValue[] {
  const { group, handler, reason, error, stack, attempts, firstAt } = death;
  return [
    group,
    toId(headers.id ?? ''),
    toAscii(topic, 249),
    key.slice(0, 255),
    (headers.type ?? '').slice(0, 64),
    handler.slice(0, 255),
    toAscii(reason, 64),
    error.slice(0, MOST_TEXT),
    stack?.slice(0, MOST_TEXT) ?? null,
    attempts,
    toHeadersText(headers),
    value,
    instantText(isStorable(firstAt) ? firstAt : new Date()),
  ];
}

/**
 * When an id is too long, it ends in its digest. If it were only cut off, two messages could have the same id and share
 * one letter.
 */
function toId(id: string): string {
  const text = toAscii(id, Infinity);
  if (text.length <= MOST_ID) return text;
  return `${text.slice(0, 31)}~${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}

/** Escapes characters that the column cannot hold, so that different texts stay different. */
function toAscii(text: string, most: number): string {
  return text.replace(/[^ -~]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`).slice(0, most);
}

/** All headers when they fit. Otherwise only those of the envelope, which are needed to send the message again. */
function toHeadersText(headers: WireMessage['headers']): string {
  const all = JSON.stringify(headers);
  if (Buffer.byteLength(all) <= MOST_HEADER_BYTES) return all;
  const envelope = ENVELOPE.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name].slice(0, 255)]],
  );
  return JSON.stringify(Object.fromEntries(envelope));
}

function isStorable(instant: Date): boolean {
  const year = instant.getUTCFullYear();
  return year >= 1000 && year <= 9999;
}

/** Writes a message that the transport will never take to the dead letters. */
export function writeRefused(
  tx: Transaction,
  message: WireMessage,
  { code, message: error, stack }: TablepickError,
): Promise<void> {
  return writeDeadLetter(tx, message, {
    group: '',
    handler: 'relay',
    reason: code,
    error,
    stack,
    attempts: 1,
    firstAt: new Date(),
  });
}
