import { type SqlValue, instantText } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';

/** A {@link DeadLetterFilter} with a bound that only this package sets. */
export interface LetterConditions extends Omit<DeadLetterFilter, 'limit'> {
  throughId?: number | undefined;
}

/** SQL conditions by field, each with one `?`. Users' texts are compared byte by byte, as ASCII columns always are. */
const CONDITIONS = {
  state: 'state = ?',
  group: 'consumer_group = ?',
  topic: 'topic = ?',
  type: 'type = ? COLLATE utf8mb4_bin',
  reason: 'reason = ?',
  key: 'message_key = ? COLLATE utf8mb4_bin',
  since: 'last_at >= ?',
  afterId: 'id > ?',
  throughId: 'id <= ?',
} as const;

const ASCII_COLUMNS: readonly string[] = ['group', 'topic', 'reason'];

/**
 * `WHERE …` of a statement on `dead_letter`; '' when all letters are meant. With a state, ix_dead_letter_state finds
 * the rows in the order of their ids. Otherwise the primary key does.
 */
export function whereLetters({ ids, ...named }: LetterConditions): { sql: string; values: SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  for (const [name, condition] of Object.entries(CONDITIONS)) {
    const value = named[name as keyof typeof CONDITIONS];
    if (value === undefined) continue;
    // An ASCII column cannot hold the value, and the server would refuse to compare it.
    if (ASCII_COLUMNS.includes(name) && !isAscii(String(value))) conditions.push('FALSE');
    else {
      conditions.push(condition);
      values.push(value instanceof Date ? instantText(value) : value);
    }
  }
  if (ids !== undefined) {
    conditions.push(ids.length === 0 ? 'FALSE' : `id IN ${placeholders(ids)}`);
    values.push(...ids);
  }
  return { sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

function isAscii(text: string): boolean {
  return /^[\0-\x7F]*$/.test(text);
}
