import { isTablepickError } from '../../errors.js';

/** Most tries when the answers of COMMITs are lost one after another. */
const MOST_TRIES = 5;

/**
 * Runs `run` again when the answer to its COMMIT is lost. `run` must be repeatable. The new run finds out how the last
 * one ended.
 */
export async function retryUnknown<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isTablepickError(error, 'COMMIT_UNKNOWN') || tries === MOST_TRIES) throw error;
    }
  }
}
