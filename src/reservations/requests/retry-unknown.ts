import { isTablepickError } from '../../errors.js';

/** COMMITs whose answers may get lost one after another. */
const MOST_TRIES = 5;

/**
 * Runs again what may be run any number of times, when the answer to its COMMIT is lost: running it again is how to
 * find out what became of it.
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
