export { adoptRun, type AdoptOptions, type AdoptResult } from './runs/adopt-run.js';
export { rangeOf, parseMonth, type RangeRequest } from './plan/calendar.js';
export { demoRestaurantCount, demoRules, isDemo, seedDemo } from './hours/demo-restaurants.js';
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
export { generateSlots } from './generate/generate-slots.js';
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
export { listRuns, showRun, type RunDetails } from './runs/list-runs.js';
export { planDays, planRestaurants, type SlotChecksum } from './plan/plan-checksum.js';
export {
  compilePlan,
  planRows,
  plannedDays,
  plannedSlots,
  type PlannedDay,
  type PlannedRestaurant,
  type PlannedSlot,
  type SlotPlan,
} from './plan/plan.js';
export { previewSlots, type PreviewOptions, type SlotPreview } from './verify/preview-slots.js';
export { readRules, type ReadRulesOptions } from './hours/read-rules.js';
export { readRunPlan } from './runs/read-run-plan.js';
export { resumeRun, type ResumeRunOptions } from './runs/resume-run.js';
export { rollbackRun, type RollbackEvent, type RollbackOptions } from './runs/rollback-run.js';
export type { OpeningInterval, OvernightRule, RestaurantRules, SlotRange, WeeklyHours } from './plan/rules.js';
export { verifySlots, type VerifyOptions } from './verify/verify-slots.js';
