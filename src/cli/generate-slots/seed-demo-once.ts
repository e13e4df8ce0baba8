import type { Database } from '../../database/index.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { demoRestaurantCount, isDemo, seedDemo } from '../../slots/index.js';
import { formatCount } from '../output/format.js';
import type { Output } from '../output/output.js';
import type { OpenDatabase } from '../connections/with-database.js';

/** How many restaurants the option `--demo` asks for, given as `--demo` or `--demo <n>`. */
export function demoCountOf(demo: number | true): number {
  return demo === true ? demoRestaurantCount : demo;
}

/**
 * Fills an empty database with `count` demo restaurants. When exactly these are there already, the database stays as it
 * is, so that the same command line resumes its run.
 *
 * @throws `DATABASE_NOT_EMPTY` when there are other restaurants; `BAD_OPTION` when `count` is out of bounds.
 */
export async function seedDemoOnce(output: Output, open: OpenDatabase, count: number): Promise<void> {
  if (await isThere(output, open.database, count)) return;
  await withSandboxHint(open, () => seedDemo(open.database, count));
  output.note(`seeded ${formatCount(count)} demo restaurants, open 07:00 to 23:00 every day`);
}

/**
 * Returns whether the demo is there already. Refuses the same cases as {@link seedDemoOnce}. Reads only.
 *
 * @throws As {@link seedDemoOnce}.
 */
export async function previewDemo(output: Output, open: OpenDatabase, count: number): Promise<{ isThere: boolean }> {
  if (await isThere(output, open.database, count)) return { isThere: true };
  await withSandboxHint(open, () => seedDemo(open.database, count, { dryRun: true }));
  return { isThere: false };
}

async function isThere(output: Output, database: Database, count: number): Promise<boolean> {
  const found = await isDemo(database, count);
  if (found) output.note(`the ${formatCount(count)} demo restaurants are there already`);
  return found;
}

/** Only the sandbox may be emptied. */
async function withSandboxHint(open: OpenDatabase, seed: () => Promise<unknown>): Promise<void> {
  try {
    await seed();
  } catch (error) {
    if (!open.isSandbox || !isTablepickError(error, 'DATABASE_NOT_EMPTY')) throw error;
    throw new TablepickError(error.code, error.message, {
      cause: error,
      hint: 'leave --demo out to use the restaurants there are, or empty the sandbox: tablepick sandbox reset --yes',
    });
  }
}
