import { fileURLToPath } from 'node:url';

import type { LoadJob, LoadOutcome } from './load-job.js';
import { type RunTimedOptions, runTimed } from '../processes/timed-process.js';

const entry = fileURLToPath(new URL('./load-process.js', import.meta.url));

/**
 * Runs each job in a process of its own. All begin at the same instant.
 *
 * @throws As {@link runTimed}.
 */
export function runLoad(jobs: readonly LoadJob[], options: Omit<RunTimedOptions, 'entry'>): Promise<LoadOutcome[]> {
  return runTimed<LoadJob, LoadOutcome>(jobs, { entry, ...options });
}
