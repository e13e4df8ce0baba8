import { onAbort } from './on-abort.js';

/**
 * Gives `work` its own signal. It aborts with the first of `signals` and its reason. When the work is done, the
 * listeners on `signals` are removed. So `work` may add any number of listeners to its own signal.
 *
 * @throws What `work` throws.
 */
export async function withOwnSignal<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal, controller: AbortController) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const forget = signals.map((signal) => onAbort(signal, () => controller.abort(signal?.reason)));
  try {
    return await work(controller.signal, controller);
  } finally {
    for (const each of forget) each();
  }
}
