import type { Database, SqlValue } from '../../database/index.js';
import { readAsWriter } from '../../database/read-as-writer.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';
import { unknownLetters } from './dead-letters.js';
import { type LetterConditions, whereLetters } from './where-letters.js';

/** Letters to work on. Without ids: the dead letters that fit. With ids: those of them that fit, in any state. */
export type DeadLetterChoice = Omit<DeadLetterFilter, 'state'>;

/** A choice that is fixed when it is made. Letters that are written later are not in it. */
export interface ChosenLetters {
  /** The next ids behind `afterId`, upwards, at most `most`. */
  next(afterId: number, most: number): Promise<number[]>;
  /** How many letters there are behind `afterId`. */
  count(afterId: number): Promise<number>;
}

/** Ids that one statement looks up at most. */
const MOST_IDS = 1000;

/**
 * Fixes which letters a choice means.
 *
 * @throws `DEAD_LETTER_UNKNOWN` when one of the ids does not exist.
 */
export async function chooseLetters(database: Database, choice: DeadLetterChoice): Promise<ChosenLetters> {
  const { ids, afterId: from = 0, group, topic, type, reason, key, since } = choice;
  const filter = { group, topic, type, reason, key, since };
  if (ids !== undefined) return chooseByIds(database, { ids, from, filter });
  const [row] = await ask<{ throughId: number | null }>(database, 'SELECT MAX(id) AS throughId FROM dead_letter');
  const bounds: LetterConditions = { ...filter, state: 'DEAD', throughId: row?.throughId ?? 0 };
  return {
    next: (afterId, most) => selectIds(database, { ...bounds, afterId: Math.max(from, afterId) }, most),
    count: (afterId) => countIds(database, { ...bounds, afterId: Math.max(from, afterId) }),
  };
}

interface ByIds {
  ids: readonly number[];
  from: number;
  filter: LetterConditions;
}

async function chooseByIds(database: Database, { ids, from, filter }: ByIds): Promise<ChosenLetters> {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const known = await findIds(database, sorted, {});
  const unknown = sorted.filter((id) => !known.has(id));
  if (unknown.length > 0) throw unknownLetters(unknown);
  const fitting = await findIds(database, sorted, { ...filter, afterId: from });
  const behind = (afterId: number): number[] => sorted.filter((id) => id > afterId && fitting.has(id));
  return {
    next: async (afterId, most) => behind(afterId).slice(0, most),
    count: async (afterId) => behind(afterId).length,
  };
}

async function findIds(database: Database, ids: readonly number[], filter: LetterConditions): Promise<Set<number>> {
  const found = new Set<number>();
  for (let from = 0; from < ids.length; from += MOST_IDS) {
    const conditions = { ...filter, ids: ids.slice(from, from + MOST_IDS) };
    for (const id of await selectIds(database, conditions, MOST_IDS)) found.add(id);
  }
  return found;
}

async function selectIds(database: Database, conditions: LetterConditions, most: number): Promise<number[]> {
  const { sql, values } = whereLetters(conditions);
  const rows = await ask<{ id: number }>(database, `SELECT id FROM dead_letter ${sql} ORDER BY id LIMIT ?`, [
    ...values,
    most,
  ]);
  return rows.map(({ id }) => id);
}

async function countIds(database: Database, conditions: LetterConditions): Promise<number> {
  const { sql, values } = whereLetters(conditions);
  const [row] = await ask<{ count: number }>(database, `SELECT COUNT(*) AS count FROM dead_letter ${sql}`, values);
  return row?.count ?? 0;
}

/** Asks the writer, because only the writer can say that a letter does not exist. A dry run may ask a replica. */
function ask<Row extends object>(database: Database, sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
  return readAsWriter(database, (tx) => tx.query<Row>(sql, values), { readsOnly: true });
}
