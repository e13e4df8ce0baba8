import { onAbort } from './on-abort.js';

/**
 * Gives `work` a signal of its own, which aborts with the first of `signals` and its reason, and lets go of them when
 * the work is done. So whoever does the work may listen as he likes.
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
