import { keepDoing } from '../../keep-doing.js';

/** Settings of {@link keepWatch}. */
export interface WatchdogOptions {
  everyMs: number;
  /** True when messages that wait show a stall: nothing has moved since that moment of `performance.now()`. */
  seemsStalled(sinceMs: number): boolean;
  /** Messages that wait. */
  lag(): Promise<number>;
  onStalled(lag: number): Promise<void>;
  onError(error: unknown): void;
}

/** Notices a consumer that is alive but does not consume: messages wait, but none came for a while. */
export function keepWatch({ everyMs, seemsStalled, lag, onStalled, onError }: WatchdogOptions): {
  stop(): Promise<void>;
} {
  let sinceMs = performance.now();
  return keepDoing({
    everyMs,
    begin: 'wait',
    onError,
    work: async (signal) => {
      try {
        if (!seemsStalled(sinceMs)) return;
        const waiting = await lag();
        // Messages may have come while the lag was read.
        if (waiting > 0 && seemsStalled(sinceMs) && !signal.aborted) await onStalled(waiting);
      } finally {
        sinceMs = performance.now();
      }
    },
  });
}
