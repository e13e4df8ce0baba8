export { adoptRun, type AdoptOptions, type AdoptResult } from './adopt-run.js';
export { rangeOf, parseMonth, type RangeRequest } from './calendar.js';
export { demoRestaurantCount, demoRules, isDemo, seedDemo } from './demo-restaurants.js';
export { distributeRun } from './distribution/distribute-run.js';
export type {
  DistributeEvent,
  DistributeOptions,
  DistributeResult,
  SlotWorker,
  SlotWorkerEvent,
  SlotWorkerOptions,
  SlotWorkerResult,
} from './distribution/distribution.js';
export { startSlotWorker } from './distribution/start-slot-worker.js';
export { generateSlots } from './generate-slots.js';
export type {
  GenerateEvent,
  GenerateResult,
  GenerateSlotsOptions,
  InsertStrategyName,
  RollbackResult,
  RunSettings,
  RunState,
  RunSummary,
  SlotKey,
  VerifyReport,
} from './generation.js';
export { listRuns, showRun, type RunDetails } from './list-runs.js';
export { planDays, planRestaurants, type SlotChecksum } from './plan-checksum.js';
export {
  compilePlan,
  planRows,
  plannedDays,
  plannedSlots,
  type PlannedDay,
  type PlannedRestaurant,
  type PlannedSlot,
  type SlotPlan,
} from './plan.js';
export { previewSlots, type PreviewOptions, type SlotPreview } from './preview-slots.js';
export { readRules, type ReadRulesOptions } from './read-rules.js';
export { readRunPlan } from './read-run-plan.js';
export { resumeRun, type ResumeRunOptions } from './resume-run.js';
export { rollbackRun, type RollbackEvent, type RollbackOptions } from './rollback-run.js';
export type { OpeningInterval, OvernightRule, RestaurantRules, SlotRange, WeeklyHours } from './rules.js';
export { verifySlots, type VerifyOptions } from './verify-slots.js';
