import { onAbort } from '../../abort/on-abort.js';
import { TablepickError } from '../../errors.js';

/**
 * Resolves with the result of `work`, unless `signal` fires first. `work` itself goes on.
 *
 * @throws `ABORTED` when it fires.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const forget = onAbort(signal, () =>
      reject(new TablepickError('ABORTED', 'the request was withdrawn; nothing was written', { cause: signal.reason })),
    );
    work.then(resolve, reject).finally(forget);
  });
}
