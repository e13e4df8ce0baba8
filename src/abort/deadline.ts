import { sleepUnlessAborted } from './sleep-unless-aborted.js';
import { withOwnSignal } from './with-own-signal.js';

/** What ends a piece of work before it is done. */
export interface Deadline {
  timeoutMs: number;
  /** Whichever aborts first; the signal that `work` gets carries its reason. */
  signals?: readonly (AbortSignal | undefined)[] | undefined;
}

/**
 * Gives `work` a signal that aborts after `timeoutMs` or with one of `signals`, and lets go of both when the work is
 * done. The timer is its own: Node 20 lets a collected `AbortSignal.timeout` inside `AbortSignal.any` never fire.
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

/** Waits `ms` milliseconds, or until one of `signals` aborts: the caller looks at them. */
export async function pause(ms: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  if (ms > 0) await withOwnSignal(signals, (signal) => sleepUnlessAborted(ms, signal));
}
