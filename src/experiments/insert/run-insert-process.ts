import { fileURLToPath } from 'node:url';

import { insertJobVariable } from './insert-job.js';
import type { InsertJob, InsertMessage, InsertOutcome } from './insert-job.js';
import { runMeasuringProcess } from '../processes/measuring-process.js';

const entry = fileURLToPath(new URL('./insert-process.js', import.meta.url));

/** Settings of {@link runInsertProcess}. */
export interface RunInsertOptions {
  signal?: AbortSignal | undefined;
  /** Called now and then with the number of rows inserted so far. */
  onRows?: ((rowsDone: number) => void) | undefined;
}

/** Runs one job as {@link runMeasuringProcess} does. */
export function runInsertProcess(job: InsertJob, { signal, onRows }: RunInsertOptions = {}): Promise<InsertOutcome> {
  return runMeasuringProcess<InsertOutcome, Extract<InsertMessage, { kind: 'rows' | 'verifying' }>>(entry, {
    env: { [insertJobVariable]: JSON.stringify(job) },
    signal,
    onMessage: (message) => void (message.kind === 'rows' && onRows?.(message.rowsDone)),
  });
}
