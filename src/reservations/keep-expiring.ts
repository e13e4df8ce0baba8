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
  const sweepOnce = async (): Promise<boolean> => {
    const result = await reservations.expireDue({ signal });
    if (result.expired > 0) onSweep?.(result);
    return result.more;
  };
  const done = (async () => {
    while (!signal.aborted) {
      const more = await sweepOnce().catch((error: unknown) => tellError(error, signal, onError));
      if (!more) await sleep(everyMs, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

/** A listener that fails does not end the sweeping. */
function tellError(error: unknown, signal: AbortSignal, onError: KeepExpiringOptions['onError']): boolean {
  try {
    if (!signal.aborted) onError?.(error);
  } catch {
    // It was told; there is nobody else to tell.
  }
  return false;
}
