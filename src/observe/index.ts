export type { Deadlock, DeadlockLock, DeadlockTransaction } from './deadlock.js';
export type { HotSlot } from './hot-slots.js';
export type { LockWait, LockedSlot } from './lock-wait.js';
export { parseLastDeadlock } from './parse-deadlock.js';
export { readLastDeadlock } from './read-last-deadlock.js';
export { readLockWaits } from './read-lock-waits.js';
export {
  watchLocks,
  type LockCounters,
  type LockWatchEvent,
  type LockWatchOptions,
  type LockWatchTotals,
} from './watch-locks.js';
