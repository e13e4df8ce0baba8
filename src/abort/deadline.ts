import { sleepUnlessAborted } from './sleep-unless-aborted.js';
import { withOwnSignal } from './with-own-signal.js';

/** The limits of a piece of work. */
export interface Deadline {
  timeoutMs: number;
  /** The first abort counts. The signal of `work` gets its reason. */
  signals?: readonly (AbortSignal | undefined)[] | undefined;
}

/**
 * Gives `work` a signal that aborts after `timeoutMs` or with one of `signals`. When the work is done, timer and
 * listeners are removed. It uses its own timer, because in Node 20 a garbage-collected `AbortSignal.timeout` inside
 * `AbortSignal.any` never fires.
 *
 * @throws What `work` throws.
 */
export async function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { timeoutMs, signals = [] } = deadline;
  return withOwnSignal(signals, async (signal, controller) => {
    const late = () => controller.abort(new Error(`no answer within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    try {
      return await work(signal);
    } finally {
      clearTimeout(timer);
    }
  });
}

/** Waits `ms` milliseconds, or until one of `signals` aborts. The caller must check the signals. */
export async function pause(ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  if (ms > 0) await withOwnSignal(signals, (signal) => sleepUnlessAborted(ms, signal));
}
