import { TablepickError } from '../errors.js';

/**
 * The result of `work`, unless `signal` fires first; `work` itself goes on.
 *
 * @throws `ABORTED` when it fires.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () =>
      reject(new TablepickError('ABORTED', 'the request was withdrawn; nothing was written', { cause: signal.reason }));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
