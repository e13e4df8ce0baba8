import { keepDoing } from '../keep-doing.js';
import type { ReconcileResult } from './reconcile-result.js';
import { type ReconcileOptions, reconcile } from './reconcile.js';

/** Settings of {@link keepReconciling}. */
export interface KeepReconcilingOptions extends Omit<ReconcileOptions, 'signal'> {
  /** Wait between two rounds. Default three minutes. */
  everyMs?: number | undefined;
  onRound?: ((result: ReconcileResult) => void | Promise<void>) | undefined;
  /** Called when a round failed. The next round runs nevertheless. */
  onError?: ((error: unknown) => void) | undefined;
}

/**
 * Reconciles round by round. `stop` ends the round under way and resolves once it has ended. It closes none of the
 * handles.
 *
 * @example
 * const handles = { reservationDatabase: database, paymentDatabase, reservations };
 * const reconciling = keepReconciling({ ...handles, everyMs: 60_000 });
 */
export function keepReconciling(options: KeepReconcilingOptions): { stop(): Promise<void> } & AsyncDisposable {
  const { everyMs = 180_000, onRound, onError } = options;
  return keepDoing({
    everyMs,
    onError,
    work: async (signal) => {
      const result = await reconcile({ ...options, signal });
      await onRound?.(result);
    },
  });
}
