import { AsyncLocalStorage } from 'node:async_hooks';

const lent = new AsyncLocalStorage<true>();

/** Runs `work`, and all that comes of it, as the handling of a lent batch. */
export function handlingBatch<T>(work: () => T): T {
  return lent.run(true, work);
}

/** Whether this comes of a lent batch. */
export function isHandlingBatch(): boolean {
  return lent.getStore() === true;
}
