export { distributeRun } from './distribute-run.js';
export {
  type DistributeEvent,
  type DistributeOptions,
  type DistributeResult,
  type SlotWorker,
  type SlotWorkerEvent,
  type SlotWorkerOptions,
  type SlotWorkerResult,
} from './distribution.js';
export { startSlotWorker } from './start-slot-worker.js';
