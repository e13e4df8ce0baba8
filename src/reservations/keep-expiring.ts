import { setTimeout as sleep } from 'node:timers/promises';

import type { Reservations, SweepResult } from './reservations.js';

/** Settings of {@link keepExpiring}. */
export interface KeepExpiringOptions {
  /** Wait between two sweeps; none while one stopped at its limit. Default 1000. */
  everyMs?: number | undefined;
  /** Told after each sweep that expired something. */
  onSweep?: ((result: SweepResult) => void) | undefined;
  /** Told of a sweep that failed; the next one is tried all the same. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * Expires due holds from now on, so that their seats can be sold again. Any number of processes may do so at once.
 * `stop` resolves once the sweep under way has ended; it does not close `reservations`.
 */
export function keepExpiring(
  reservations: Pick<Reservations, 'expireDue'>,
  options: KeepExpiringOptions = {},
): { stop(): Promise<void> } {
  const { everyMs = 1000, onSweep, onError } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = (async () => {
    while (!signal.aborted) {
      const result = await reservations.expireDue({ signal }).catch((error: unknown) => {
        if (!signal.aborted) onError?.(error);
        return undefined;
      });
      if (result !== undefined && result.expired > 0) onSweep?.(result);
      if (result?.more !== true) await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}
