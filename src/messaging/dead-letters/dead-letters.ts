import type { Database } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';
import {
  type LetterRow,
  type LetterRowInFull,
  SELECT_LETTERS,
  parseHeaders,
  toDeadLetter,
} from './dead-letter-rows.js';
import type { DeadLetter } from './listed-letter.js';
import { whereLetters } from './where-letters.js';

/** A dead letter with all that is known of it. */
export interface DeadLetterInFull extends DeadLetter {
  /** Undefined when they are no JSON object of texts. */
  headers: Readonly<Record<string, string>> | undefined;
  /** Parsed where it is JSON, else the text. */
  payload: unknown;
  /** Byte for byte as it came. */
  payloadText: string;
  stack: string | undefined;
}

/** How many dead letters of a group have the same reason. */
export interface DeadLetterCount {
  group: string;
  reason: string;
  count: number;
}

const DEFAULT_LIMIT = 50;

const COUNT = `SELECT consumer_group AS \`group\`, reason, COUNT(*) AS count FROM dead_letter WHERE state = 'DEAD'
  GROUP BY consumer_group, reason ORDER BY count DESC, consumer_group, reason`;

/**
 * The dead letters that `filter` names, in the order of their ids. The default of `limit` is 50. For the next page, set
 * `afterId` to the last id.
 *
 * @example
 * for (const { id, error } of await listDeadLetters(database, { state: 'DEAD' })) console.log(id, error);
 */
export async function listDeadLetters(database: Database, filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
  const { limit = DEFAULT_LIMIT, ...rest } = filter;
  const { sql, values } = whereLetters(rest);
  const rows = await database.query<LetterRow>(`${SELECT_LETTERS('')} ${sql} ORDER BY id LIMIT ?`, [...values, limit]);
  return rows.map(toDeadLetter);
}

/**
 * All that is known of one dead letter.
 *
 * @throws `DEAD_LETTER_UNKNOWN`.
 */
export async function readDeadLetter(database: Database, id: number): Promise<DeadLetterInFull> {
  const sql = `${SELECT_LETTERS(', headers, payload, stack')} WHERE id = ?`;
  const [row] = await database.query<LetterRowInFull>(sql, [id]);
  if (row === undefined) throw unknownLetters([id]);
  const { payload, headers, stack, ...letter } = row;
  const whole = { payload: parsePayload(payload), payloadText: payload, headers: parseHeaders(headers) };
  return { ...toDeadLetter(letter), ...whole, stack: stack ?? undefined };
}

/** Counts the letters in state `DEAD` by group and reason, most first. */
export async function countDeadLetters(database: Database): Promise<DeadLetterCount[]> {
  return database.query<DeadLetterCount>(COUNT);
}

/** The error for ids that no dead letter of this database has. */
export function unknownLetters(ids: readonly number[]): TablepickError {
  const named = `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ', …' : ''}`;
  const message = ids.length === 1 ? `there is no dead letter ${named}` : `there are no dead letters ${named}`;
  return new TablepickError('DEAD_LETTER_UNKNOWN', message, {
    hint: 'each service has its own: tablepick dlq list shows which there are, and whose',
  });
}

function parsePayload(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
