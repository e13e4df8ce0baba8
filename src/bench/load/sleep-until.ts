import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves at `momentMs` by `performance.now()`, or at most a millisecond later. Never earlier: timers may be early.
 */
export async function sleepUntil(momentMs: number): Promise<void> {
  for (let leftMs = momentMs - performance.now(); leftMs > 0; leftMs = momentMs - performance.now())
    await sleep(leftMs);
}
