import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(this: RequestQueue): void;
}

/** Where KafkaJS 2.2.4 has it. */
const REQUEST_QUEUE = 'kafkajs/src/network/requestQueue/index.js';

let isPatched = false;

/**
 * After every answer KafkaJS sets a timer for requests that wait, also when none does, and then to a time long past:
 * Node 24 and later write a warning about it to the terminal. Here the timer is set when a request waits.
 *
 * @source https://github.com/tulios/kafkajs/issues/1751
 */
export function patchTimers(): void {
  if (isPatched) return;
  isPatched = true;
  const queue = findRequestQueue();
  if (queue === undefined) return;
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}

/** Undefined in a version that has it elsewhere, where a warning is the worst that comes of it. */
function findRequestQueue(): RequestQueue | undefined {
  try {
    const { prototype } = createRequire(import.meta.url)(REQUEST_QUEUE) as { prototype?: RequestQueue };
    return prototype;
  } catch {
    return undefined;
  }
}
