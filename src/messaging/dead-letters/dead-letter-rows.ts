import type { DeadLetter } from './listed-letter.js';

/** A row of `dead_letter` as it is read. */
export interface LetterRow extends Omit<DeadLetter, 'firstAt' | 'lastAt' | 'note'> {
  firstAt: string;
  lastAt: string;
  note: string | null;
}

/** A row with the long columns, which are read only on request. */
export interface LetterRowInFull extends LetterRow {
  headers: string;
  payload: string;
  stack: string | null;
}

/** Selects rows of {@link LetterRow}; `more` are further columns, each behind a comma. */
export const SELECT_LETTERS = (
  more: string,
): string => `SELECT id, consumer_group AS \`group\`, message_id AS messageId, topic,
    message_key AS \`key\`, type, handler, reason, error, attempts, first_at AS firstAt, last_at AS lastAt, state, redrives, note${more}
  FROM dead_letter`;

/** The row as callers see it. */
export function toDeadLetter(row: LetterRow): DeadLetter {
  const { firstAt, lastAt, note } = row;
  return { ...row, firstAt: toInstant(firstAt), lastAt: toInstant(lastAt), note: note ?? undefined };
}

/** The headers of a letter; undefined when they are no JSON object of texts. */
export function parseHeaders(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    if (!isObject || Object.values(value).some((header) => typeof header !== 'string')) return undefined;
    return value as Record<string, string>;
  } catch {
    return undefined;
  }
}

function toInstant(utc: string): Date {
  return new Date(`${utc.replace(' ', 'T')}Z`);
}
