import type { Database } from '../database/index.js';
import { TablepickError, isTablepickError } from '../errors.js';
import { isDemo, seedDemo } from '../slots/index.js';
import { formatCount } from './format.js';
import type { Output } from './output.js';

/**
 * Fills an empty database with `count` demo restaurants; leaves it as it is when exactly these are there already, so that the same command
 * line resumes a run it began.
 *
 * @throws `DATABASE_NOT_EMPTY` when there are other restaurants.
 */
export async function seedDemoOnce(output: Output, database: Database, count: number): Promise<void> {
  if (await isDemo(database, count)) {
    output.note(`the ${formatCount(count)} demo restaurants are there already`);
    return;
  }
  try {
    await seedDemo(database, count);
  } catch (error) {
    if (!isTablepickError(error, 'DATABASE_NOT_EMPTY')) throw error;
    throw new TablepickError(error.code, error.message, {
      cause: error,
      hint: 'leave --demo out to use the restaurants there are, or empty the sandbox: tablepick sandbox reset --yes',
    });
  }
  output.note(`seeded ${formatCount(count)} demo restaurants, open 07:00 to 23:00 every day`);
}
