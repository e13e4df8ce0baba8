export type { Deadlock, DeadlockLock, DeadlockTransaction } from './deadlock.js';
export type { HotSlot } from './hot-slots.js';
export type { KeyValue } from './key-values.js';
export type { LockWait, LockedSlot } from './lock-wait.js';
export type { CounterName, GaugeName, HistogramName } from './metric-descriptions.js';
export { createMetrics, type GaugeValue, type Metrics, type MetricsOptions, type MetricsRegistry } from './metrics.js';
export { parseLastDeadlock } from './parse-deadlock.js';
export type { MissingPart, Readiness } from './readiness.js';
export { readLastDeadlock } from './read-last-deadlock.js';
export { readLockWaits } from './read-lock-waits.js';
export type { RecordLock } from './record-lock.js';
export {
  watchLocks,
  type LockCounters,
  type LockWatchEvent,
  type LockWatchOptions,
  type LockWatchTotals,
} from './watch-locks.js';
