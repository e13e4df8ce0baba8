export { type AdoptOptions, type AdoptResult, adoptRun } from './adopt-run.js';
export { type CutChunk, checkCut, holdsRowsOf, tableChanged } from './check-resumable.js';
export { checkSlotTable, unfit } from './check-slot-table.js';
export { claimKnownRun } from './claim-known-run.js';
export { type ClaimRequest, type ClaimedRun, type JoinedRun, claimOrJoinRun, claimRun } from './claim-run.js';
export {
  type DistributedState,
  type HaltReason,
  finishIfDone,
  haltRun,
  readDistributed,
  refusalToWorkers,
  refuseAttended,
} from './distributed-run.js';
export { type RunDetails, listRuns, showRun } from './list-runs.js';
export { type RollbackEvent, type RollbackOptions, rollbackRun } from './rollback-run.js';
export { type RunRecord, findRun, findRunOnWriter, requireRun } from './run-record.js';
export { readPlan, readRunPlan, storePlan } from './stored-plan.js';
export { isSameTable, readTableIdentity } from './table-identity.js';
