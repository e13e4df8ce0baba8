import { keepDoing } from '../../keep-doing.js';
import type { Reservations, SweepResult } from '../reservations.js';

/** Settings of {@link keepExpiring}. */
export interface KeepExpiringOptions {
  /** Wait between two sweeps. After a sweep that stopped at its limit, there is no wait. Default 1000. */
  everyMs?: number | undefined;
  /** Called after each sweep that expired a hold. */
  onSweep?: ((result: SweepResult) => void) | undefined;
  /** Called when a sweep failed. The next sweep runs nevertheless. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * Expires due holds at intervals, so that their seats can be sold again. Any number of processes may do so at once.
 * `stop` resolves once the sweep under way has ended. It does not close `reservations`.
 *
 * @example
 * const expiring = keepExpiring(reservations, { everyMs: 1000, onError: (error) => console.error(error) });
 */
export function keepExpiring(
  reservations: Pick<Reservations, 'expireDue'>,
  options: KeepExpiringOptions = {},
): { stop(): Promise<void> } & AsyncDisposable {
  const { everyMs = 1000, onSweep, onError } = options;
  return keepDoing({
    everyMs,
    onError,
    work: async (signal) => {
      const result = await reservations.expireDue({ signal });
      if (result.expired > 0) onSweep?.(result);
      return result.more;
    },
  });
}
