import { AsyncLocalStorage } from 'node:async_hooks';

const handling = new AsyncLocalStorage<true>();

/** Runs `work`, and everything that it starts, as the handling of a batch. */
export function handlingBatch<T>(work: () => T): T {
  return handling.run(true, work);
}

/** Whether this code belongs to the handling of a batch. */
export function isHandlingBatch(): boolean {
  return handling.getStore() === true;
}
