export { boxCondition } from './box-condition.js';
export {
  type ChunkCounts,
  type StoredChunk,
  dropOpenCheckpoint,
  openCheckpoint,
  readCheckpoint,
  readCheckpoints,
  readCheckpointsOnWriter,
  readFinalCheckpoint,
  writeCheckpoint,
} from './chunk-checkpoint.js';
export { type ChunkOfRun, countPlanned, readExistingKeys, recordExisting } from './existing-slots.js';
export { type FailedRow, recordFailures } from './failed-rows.js';
export { findIdBounds } from './id-bounds.js';
export { repeatableTransaction } from './repeatable-transaction.js';
export { keyText, shortTime } from './slot-key.js';
