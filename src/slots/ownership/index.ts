export { lockRun, runLockName } from './lock-run.js';
export { RunOwnership, defaultLeaseMs, takenOver } from './run-ownership.js';
export { type RunAttendant, RunPresence, endLostWorkers, readAttendants } from './run-presence.js';
export { type SessionLock, findLockHolder } from './session-lock.js';
