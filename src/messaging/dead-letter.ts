import type { Transaction } from '../database/index.js';
import type { TablepickError } from '../errors.js';
import type { WireMessage } from './message.js';

/** Why a message is dead, beside the message itself. */
export interface Death {
  /** The group that could not handle it; '' when the transport would not take it. */
  group: string;
  /** What was to handle it. */
  handler: string;
  /** Code of a {@link TablepickError}, or name of another error. */
  reason: string;
  error: string;
  stack: string | undefined;
  attempts: number;
  /** First failure. */
  firstAt: Date;
}

const MOST_TEXT = 16_000;

// One that was redriven and failed again is dead again; how often it was redriven stays.
const INSERT = `INSERT INTO dead_letter (consumer_group, message_id, topic, message_key, type, handler, reason, error, stack, attempts, headers,
    payload, first_at, last_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NOW(6))
  ON DUPLICATE KEY UPDATE handler = VALUES(handler), reason = VALUES(reason), error = VALUES(error), stack = VALUES(stack),
    attempts = attempts + VALUES(attempts), headers = VALUES(headers), payload = VALUES(payload), last_at = NOW(6), state = 'DEAD'`;

/** Writes a message to the dead letters; the same one of the same group has one row for ever. */
export async function writeDeadLetter(tx: Transaction, message: WireMessage, death: Death): Promise<void> {
  const { topic, key, value, headers } = message;
  const { group, handler, reason, error, stack, attempts, firstAt } = death;
  const id = (headers.id ?? '').slice(0, 64);
  await tx.execute(INSERT, [
    ...[group, id, topic, key.slice(0, 255), (headers.type ?? '').slice(0, 64), handler, reason],
    ...[error.slice(0, MOST_TEXT), stack?.slice(0, MOST_TEXT) ?? null, attempts],
    ...[JSON.stringify(headers).slice(0, MOST_TEXT * 4), value, firstAt],
  ]);
}

/** Writes a message that the transport will never take to the dead letters. */
export function writeRefused(
  tx: Transaction,
  message: WireMessage,
  { code, message: error, stack }: TablepickError,
): Promise<void> {
  return writeDeadLetter(tx, message, {
    ...{ group: '', handler: 'relay', reason: code, error, stack, attempts: 1 },
    firstAt: new Date(),
  });
}
