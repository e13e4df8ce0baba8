import { AsyncLocalStorage } from 'node:async_hooks';

const handling = new AsyncLocalStorage<true>();

/** Runs `work`, and all that comes of it, as the handling of a batch under way. */
export function handlingBatch<T>(work: () => T): T {
  return handling.run(true, work);
}

/** Whether this comes of a batch under way. */
export function isHandlingBatch(): boolean {
  return handling.getStore() === true;
}
