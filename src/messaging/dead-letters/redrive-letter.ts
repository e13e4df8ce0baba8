import { type Transaction, instantText } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import { type LetterRowInFull, SELECT_LETTERS, parseHeaders } from './dead-letter-rows.js';
import type { DeadLetterState } from './listed-letter.js';
import { type Message, decodeMessage } from '../envelope/message.js';
import { outboxWake } from '../outbox/wakes.js';

/** Why a letter was not redriven: it was redriven too often, or no outbox can carry it. */
export type RedriveRefusal = 'redriven-too-often' | 'malformed';

/** The outcome of a redrive for one letter. */
export type RedriveOutcome =
  | { kind: 'redriven'; id: number; messageId: string; key: string; redrives: number }
  | { kind: 'refused'; id: number; why: RedriveRefusal; text: string }
  /** Somebody else redrove, parked or removed it before. */
  | { kind: 'skipped'; id: number };

/** How letters are redriven. */
export interface RedriveRules {
  /** Only letters in these states are redriven. */
  from: readonly DeadLetterState[];
  /** Letters that were redriven this many times are refused. When it is undefined, none is. */
  mostRedrives: number | undefined;
  dryRun: boolean;
}

type Row = LetterRowInFull;

const SELECT = `${SELECT_LETTERS(', headers, payload, stack')} WHERE id = ?`;
const MARK = "UPDATE dead_letter SET state = 'REDRIVEN', redrives = redrives + 1 WHERE id = ? AND state = ?";
const APPEND = `INSERT INTO outbox
  (id, aggregatetype, aggregateid, type, payload, schema_version, attempt, occurred_at, traceparent)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Characters of `outbox.id`. */
const OUTBOX_ID = 64;

/** The largest value of `outbox.attempt`. */
const MOST_ATTEMPT = 32_767;

/**
 * Redrives one letter in the caller's transaction, or says why not. When two do this at once, the second waits for the
 * end of the first transaction and skips the letter.
 */
export async function redriveLetter(tx: Transaction, id: number, rules: RedriveRules): Promise<RedriveOutcome> {
  const [row] = await tx.query<Row>(rules.dryRun ? SELECT : `${SELECT} FOR UPDATE`, [id]);
  if (row === undefined || !rules.from.includes(row.state)) return { kind: 'skipped', id };
  const { mostRedrives = Infinity } = rules;
  if (row.redrives >= mostRedrives) {
    const text = `it was redriven ${row.redrives} times already and failed again: ${row.reason}`;
    return { kind: 'refused', id, why: 'redriven-too-often', text };
  }
  const message = readMessage(row);
  if (typeof message === 'string') return { kind: 'refused', id, why: 'malformed', text: message };
  const why = rules.dryRun ? undefined : await sendAgain(tx, row, message);
  if (why !== undefined) return { kind: 'refused', id, why: 'malformed', text: why };
  return { kind: 'redriven', id, messageId: row.messageId, key: row.key, redrives: row.redrives + 1 };
}

/** Undefined when it is sent. When the outbox does not take it, resolves with the reason and writes nothing. */
async function sendAgain(tx: Transaction, row: Row, message: Message): Promise<string | undefined> {
  const { id, aggregate, key, type, schemaVersion, occurredAt, traceparent } = message;
  const attempt = Math.min(message.attempt + 1, MOST_ATTEMPT);
  const instant = instantText(occurredAt);
  const values = [id, aggregate, key, type, row.payload, schemaVersion, attempt, instant, traceparent ?? null];
  try {
    await tx.execute(APPEND, values);
  } catch (error) {
    if (isTablepickError(error, 'BAD_ROW')) return `the outbox does not take it: ${error.message}`;
    throw error;
  }
  await tx.execute(MARK, [row.id, row.state]);
  tx.afterCommit(() => outboxWake.notify());
  return undefined;
}

/** The letter's message, or what is wrong with it. */
function readMessage({ topic, key, payload, headers, messageId }: Row): Message | string {
  const parsed = parseHeaders(headers);
  if (parsed === undefined) return 'its headers cannot be read';
  try {
    const message = decodeMessage({ topic, key, value: payload, headers: parsed });
    if (message.id.length > OUTBOX_ID) {
      return `its id has more than ${OUTBOX_ID} characters, which the outbox cannot hold`;
    }
    if (message.id !== messageId) return 'its id has characters that the outbox cannot hold';
    return message;
  } catch (error) {
    if (isTablepickError(error, 'BAD_MESSAGE')) return error.message;
    throw error;
  }
}
