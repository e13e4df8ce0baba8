import { fileURLToPath } from 'node:url';

import type { LoadJob, LoadMessage, LoadOrder, LoadOutcome } from './load-job.js';
import { failureOf, startMeasuringProcess, stoppedMeasuring } from './measuring-process.js';
import type { FailureMessage } from './measuring-process.js';

const entry = fileURLToPath(new URL('./load-process.js', import.meta.url));

/** Long enough that every process has been told before it begins. */
const headStartMs = 50;

/** Settings of {@link runLoad}. */
export interface RunLoadOptions {
  signal: AbortSignal | undefined;
  /** Awaited when all processes are connected and warm, before any begins. */
  onReady: () => Promise<void>;
}

/**
 * Runs the jobs in a process each, all from the same instant on.
 *
 * @throws What a process reports, with its code; `ABORTED` when `signal` ended them; `QUERY_FAILED` when one died without a word.
 * The other processes are ended then.
 */
export async function runLoad(jobs: readonly LoadJob[], { signal, onReady }: RunLoadOptions): Promise<LoadOutcome[]> {
  if (signal?.aborted) throw stoppedMeasuring();
  const processes = jobs.map((job) => new LoadProcess(job));
  const stop = (): void => processes.forEach((each) => each.kill());
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.all(processes.map((each) => each.ready));
    await onReady();
    const atMs = Date.now() + headStartMs;
    for (const each of processes) each.send({ kind: 'begin', atMs });
    return await Promise.all(processes.map((each) => each.outcome));
  } catch (error) {
    stop();
    if (signal?.aborted) throw stoppedMeasuring();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all(processes.map((each) => each.ended));
  }
}

/** A measuring process from outside. */
class LoadProcess {
  readonly ready: Promise<void>;
  readonly outcome: Promise<LoadOutcome>;
  readonly ended: Promise<unknown>;
  readonly send: (order: LoadOrder) => void;
  readonly kill: () => void;

  constructor(job: LoadJob) {
    const ready = deferred<void>();
    const outcome = deferred<LoadOutcome>();
    let failure: FailureMessage | undefined;
    const { child, ended } = startMeasuringProcess<LoadMessage>(entry, {
      onMessage: (message) => {
        if (message.kind === 'ready') ready.resolve();
        else if (message.kind === 'done') outcome.resolve(message.outcome);
        else failure = message;
      },
    });
    const fail = (error: unknown): void => (ready.reject(error), outcome.reject(error));
    this.ended = ended.then((ending) => fail(failureOf(failure, ending)), fail);
    this.ready = ready.promise;
    this.outcome = outcome.promise;
    // Whichever nobody waits for any more must not count as unhandled.
    this.ready.catch(() => undefined);
    this.outcome.catch(() => undefined);
    this.kill = () => void child.kill('SIGTERM');
    this.send = (order) => void child.send(order, (error) => error && fail(error));
    this.send({ kind: 'job', job });
  }
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}

function deferred<T>(): Deferred<T> {
  const parts: Partial<Deferred<T>> = {};
  parts.promise = new Promise<T>((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts as Deferred<T>;
}
