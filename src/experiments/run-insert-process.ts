import { fileURLToPath } from 'node:url';

import { insertJobVariable } from './insert-job.js';
import type { InsertJob, InsertMessage, InsertOutcome } from './insert-job.js';
import { failureOf, startMeasuringProcess, stoppedMeasuring } from './measuring-process.js';

const entry = fileURLToPath(new URL('./insert-process.js', import.meta.url));

/** Settings of {@link runInsertProcess}. */
export interface RunInsertOptions {
  signal?: AbortSignal | undefined;
  /** Told how many rows are in so far, now and then. */
  onRows?: ((rowsDone: number) => void) | undefined;
}

/**
 * Runs one job in a process of its own, so that CPU time and memory are those of the insert alone.
 *
 * @throws What the process reports, with its code; `ABORTED` when `signal` ended it; `QUERY_FAILED` when it died without a word.
 */
export async function runInsertProcess(job: InsertJob, options: RunInsertOptions = {}): Promise<InsertOutcome> {
  const { signal, onRows } = options;
  if (signal?.aborted) throw stoppedMeasuring();
  let last: InsertMessage | undefined;
  const { child, ended } = startMeasuringProcess<InsertMessage>(entry, {
    env: { [insertJobVariable]: JSON.stringify(job) },
    onMessage: (message) => {
      if (message.kind === 'rows') onRows?.(message.rowsDone);
      else last = message;
    },
  });
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const ending = await ended;
    if (last?.kind === 'done') return last.outcome;
    if (signal?.aborted) throw stoppedMeasuring();
    throw failureOf(last?.kind === 'failed' ? last : undefined, ending);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
