import type { Database } from '../../database/index.js';
import { placeholders } from '../../database/placeholders.js';
import { TablepickError } from '../../errors.js';
import { type DeadLetterChoice, chooseLetters } from './choose-letters.js';

/** What {@link parkDeadLetters} did. */
export interface ParkResult {
  parked: number;
  /** Chosen letters that were not dead any more. */
  skipped: number;
}

const MOST_NOTE = 16_000;

/** Letters of one transaction. */
const MOST_OF_BATCH = 500;

// Finds rows by the primary key, so that rows of another state are not locked for long.
const PARK = "UPDATE dead_letter SET state = 'PARKED', note = ? WHERE state = 'DEAD' AND id IN ";

/**
 * Puts dead letters aside, so that they do not count as waiting. `note` says why. The group does not handle their
 * messages. When they are redriven by id, they are sent again.
 *
 * @throws `DEAD_LETTER_UNKNOWN` for ids that are none; `BAD_OPTION` for a note that says nothing.
 */
export async function parkDeadLetters(
  database: Database,
  choice: DeadLetterChoice,
  { note }: { note: string },
): Promise<ParkResult> {
  if (note.trim() === '') {
    throw new TablepickError('BAD_OPTION', 'parking needs a note that says why', {
      hint: 'for example "the guest was told by phone"',
    });
  }
  const letters = await chooseLetters(database, choice);
  const { limit = Infinity } = choice;
  const result: ParkResult = { parked: 0, skipped: 0 };
  for (let lastId = 0, looked = 0; looked < limit;) {
    const ids = await letters.next(lastId, Math.min(MOST_OF_BATCH, limit - looked));
    if (ids.length === 0) break;
    const { affectedRows } = await database.transaction((tx) =>
      tx.execute(`${PARK}${placeholders(ids)}`, [note.slice(0, MOST_NOTE), ...ids]),
    );
    result.parked += affectedRows;
    result.skipped += ids.length - affectedRows;
    looked += ids.length;
    lastId = ids.at(-1)!;
  }
  return result;
}
