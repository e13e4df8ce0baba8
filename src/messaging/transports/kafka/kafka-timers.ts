import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(this: RequestQueue): void;
}

/** Its file in KafkaJS 2.2.4. */
const REQUEST_QUEUE = 'kafkajs/src/network/requestQueue/index.js';

let isPatched = false;

/**
 * After every answer, KafkaJS sets a timer for waiting requests, even when none waits. The timer's time is then long
 * past, and Node 24 and later write a warning to the terminal. With this patch, the timer is set only when a request
 * waits.
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

/** Undefined when the version of KafkaJS has it elsewhere. Then the warning is the only harm. */
function findRequestQueue(): RequestQueue | undefined {
  try {
    const { prototype } = createRequire(import.meta.url)(REQUEST_QUEUE) as { prototype?: RequestQueue };
    return prototype;
  } catch {
    return undefined;
  }
}
