import { sleepUnlessAborted } from './abort/sleep-unless-aborted.js';

/** Settings of {@link keepDoing}. */
export interface KeepDoingOptions {
  /** Wait between the end of one round and the next. */
  everyMs: number;
  /** What comes first. Default `work`. */
  begin?: 'work' | 'wait' | undefined;
  /** One round, with a signal that says to end it; true: there is more, the next one comes without a wait. */
  work(signal: AbortSignal): Promise<boolean | void>;
  /** Told of a round that failed; the next one is tried all the same. Not told of one that was ended. */
  onError?: ((error: unknown) => void) | undefined;
}

/** Does something round by round from now on. `stop` ends the round under way and resolves once nothing of it is. */
export function keepDoing({ everyMs, begin = 'work', work, onError }: KeepDoingOptions): { stop(): Promise<void> } {
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
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

/** A listener that fails does not end the doing. */
function tellError(error: unknown, signal: AbortSignal, onError: KeepDoingOptions['onError']): void {
  try {
    if (!signal.aborted) onError?.(error);
  } catch {
    // It was told; there is nobody else to tell.
  }
}
