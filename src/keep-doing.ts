import { sleepUnlessAborted } from './abort/sleep-unless-aborted.js';
import { type Stoppable, stoppable } from './closing.js';

/** Settings of {@link keepDoing}. */
export interface KeepDoingOptions {
  /** Wait between the end of one round and the next. */
  everyMs: number;
  /** The first step. Default `work`. */
  begin?: 'work' | 'wait' | undefined;
  /** One round. Its signal tells it to end. When it returns true, the next round begins without a wait. */
  work(signal: AbortSignal): Promise<boolean | void>;
  /**
   * Called when a round fails. The next round begins after the usual wait. Not called for a round that was stopped.
   */
  onError?: ((error: unknown) => void) | undefined;
}

/** Starts to repeat `work` in rounds. `stop` ends the current round and resolves when it has ended. */
export function keepDoing({ everyMs, begin = 'work', work, onError }: KeepDoingOptions): Stoppable {
  const stopping = new AbortController();
  const { signal } = stopping;
  const wait = (): Promise<void> => sleepUnlessAborted(everyMs, signal);
  const done = (async () => {
    if (begin === 'wait') await wait();
    while (!signal.aborted) {
      const more = await work(signal).catch((error: unknown) => tellError(error, signal, onError));
      if (more !== true) await wait();
    }
  })();
  return stoppable(() => {
    stopping.abort();
    return done;
  });
}

/** When the listener throws, the rounds go on. */
function tellError(error: unknown, signal: AbortSignal, onError: KeepDoingOptions['onError']): void {
  try {
    if (!signal.aborted) onError?.(error);
  } catch {
    // The listener failed, and there is no other listener.
  }
}
