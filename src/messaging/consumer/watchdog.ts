import { keepDoing } from '../../keep-doing.js';

/** What a watchdog asks and does. */
export interface WatchdogOptions {
  everyMs: number;
  /** True when nothing has come since that moment of `performance.now()` and nothing is under way. */
  isQuiet(sinceMs: number): boolean;
  /** Messages that wait. */
  lag(): Promise<number>;
  onStalled(lag: number): Promise<void>;
  onError(error: unknown): void;
}

/** Notices a consumer that is alive and does not consume: nothing came for a while although messages wait. */
export function keepWatch({ everyMs, isQuiet, lag, onStalled, onError }: WatchdogOptions): { stop(): Promise<void> } {
  let sinceMs = performance.now();
  return keepDoing({
    everyMs,
    begin: 'wait',
    onError,
    work: async (signal) => {
      try {
        if (!isQuiet(sinceMs)) return;
        const waiting = await lag();
        // It may have begun while the lag was asked for.
        if (waiting > 0 && isQuiet(sinceMs) && !signal.aborted) await onStalled(waiting);
      } finally {
        sinceMs = performance.now();
      }
    },
  });
}
