import { once } from 'node:events';

import { onAbort } from '../../abort/on-abort.js';
import {
  failureMessage,
  failureOf,
  sendToParent,
  startMeasuringProcess,
  stoppedMeasuring,
} from './measuring-process.js';
import type { FailureMessage } from './measuring-process.js';

/** The messages to a timed process: its job, then the time to begin, in milliseconds since 1970. */
type TimedOrder<Job> = { kind: 'job'; job: Job } | { kind: 'begin'; atMs: number };

/** The messages of a timed process. */
type TimedMessage<Outcome> = { kind: 'ready' } | { kind: 'done'; outcome: Outcome } | FailureMessage;

/** Long enough for every process to receive the time before it begins. */
const headStartMs = 50;

/** Settings of {@link runTimed}. */
export interface RunTimedOptions {
  /** The compiled file that a process runs; it calls {@link followOrders}. */
  entry: string;
  signal: AbortSignal | undefined;
  /** Called when all processes are connected and warm, before any begins. Its promise is awaited. */
  onReady: () => Promise<void>;
}

/**
 * Runs each job in a process of its own. All begin at the same instant.
 *
 * @throws The error that a process reports, with its code; `ABORTED` when `signal` ended them; `QUERY_FAILED` when one
 * ended without a message. The other processes are ended then.
 */
export async function runTimed<Job, Outcome>(
  jobs: readonly Job[],
  { entry, signal, onReady }: RunTimedOptions,
): Promise<Outcome[]> {
  if (signal?.aborted) throw stoppedMeasuring();
  const processes = jobs.map((job) => new TimedProcess<Job, Outcome>(entry, job));
  const stop = (): void => processes.forEach((each) => each.kill());
  const forget = onAbort(signal, stop);
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
    forget();
    await Promise.all(processes.map((each) => each.ended));
  }
}

/**
 * Runs inside a timed process: measures its job and sends the outcome. `begin` reports that the process is connected
 * and warm, and resolves with the time to begin, by `performance.now()`.
 */
export async function followOrders<Job, Outcome>(
  measure: (job: Job, begin: () => Promise<number>) => Promise<Outcome>,
): Promise<void> {
  const begin = async (): Promise<number> => {
    const order = nextOrder<Job, 'begin'>('begin');
    await sendToParent({ kind: 'ready' } satisfies TimedMessage<Outcome>);
    return (await order).atMs - performance.timeOrigin;
  };
  try {
    const { job } = await nextOrder<Job, 'job'>('job');
    const outcome = await measure(job, begin);
    await sendToParent({ kind: 'done', outcome } satisfies TimedMessage<Outcome>);
  } catch (error) {
    await sendToParent(failureMessage(error));
  }
  // An open channel would keep this process alive.
  process.disconnect();
}

async function nextOrder<Job, Kind extends TimedOrder<Job>['kind']>(
  kind: Kind,
): Promise<Extract<TimedOrder<Job>, { kind: Kind }>> {
  const [order] = (await once(process, 'message')) as [TimedOrder<Job>];
  if (order.kind !== kind) throw new Error(`told to ${order.kind} instead of ${kind}`);
  return order as Extract<TimedOrder<Job>, { kind: Kind }>;
}

/** A timed process, seen from its parent. */
class TimedProcess<Job, Outcome> {
  readonly ready: Promise<void>;
  readonly outcome: Promise<Outcome>;
  readonly ended: Promise<unknown>;
  readonly send: (order: TimedOrder<Job>) => void;
  readonly kill: () => void;

  constructor(entry: string, job: Job) {
    const ready = deferred<void>();
    const outcome = deferred<Outcome>();
    let failure: FailureMessage | undefined;
    const { child, ended } = startMeasuringProcess<TimedMessage<Outcome>>(entry, {
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
    // A promise that nobody awaits any more must not count as unhandled.
    this.ready.catch(() => undefined);
    this.outcome.catch(() => undefined);
    this.kill = () => void child.kill('SIGTERM');
    this.send = (order) => void child.send(order, (error) => error && fail(error));
    try {
      this.send({ kind: 'job', job });
    } catch (error) {
      // When the job cannot be sent, `send` throws at once. Nobody else would end the process.
      this.kill();
      throw error;
    }
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
