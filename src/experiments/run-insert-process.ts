import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { TablepickError } from '../errors.js';
import { insertJobVariable } from './insert-job.js';
import type { InsertJob, InsertMessage, InsertOutcome } from './insert-job.js';

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
  if (options.signal?.aborted) throw aborted();
  const child = fork(entry, {
    env: { ...process.env, [insertJobVariable]: JSON.stringify(job) },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    return await readOutcome(child, options);
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

async function readOutcome(child: ChildProcess, { signal, onRows }: RunInsertOptions): Promise<InsertOutcome> {
  let last: InsertMessage | undefined;
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => (complaint = (complaint + text.toString()).slice(-2000)));
  child.on('message', (message: InsertMessage) => {
    if (message.kind === 'rows') onRows?.(message.rowsDone);
    else last = message;
  });
  const ending = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, killedBy) => resolve(killedBy ?? `exit code ${code}`));
  });
  if (last?.kind === 'done') return last.outcome;
  if (signal?.aborted) throw aborted();
  throw failureOf(last, `${ending}: ${complaint.trim() || 'no message'}`);
}

function failureOf(last: InsertMessage | undefined, ending: string): TablepickError {
  if (last?.kind !== 'failed') {
    return new TablepickError('QUERY_FAILED', `the measuring process ended without a result (${ending})`);
  }
  const hint = last.hint ?? undefined;
  return new TablepickError(last.code ?? 'QUERY_FAILED', last.message, hint === undefined ? {} : { hint });
}

function aborted(): TablepickError {
  return new TablepickError('ABORTED', 'stopped while measuring; what was measured before is in the report');
}
