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
export type { StrategyChoice } from './generate/choose-strategy.js';
export { poolSizeFor } from './generate/choose-workers.js';
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
export { demoRestaurantCount, demoRules, isDemo, seedDemo } from './hours/demo-restaurants.js';
export { readRules, type ReadRulesOptions } from './hours/read-rules.js';
export type { PresenceOptions, RunAttendant } from './ownership/run-presence.js';
export { parseMonth, rangeOf, type RangeRequest } from './plan/calendar.js';
export { compilePlan } from './plan/compile-plan.js';
export { planDays, planRestaurants, type SlotChecksum } from './plan/plan-checksum.js';
export type { OpeningInterval, OvernightRule, RestaurantRules, SlotRange, WeeklyHours } from './plan/rules.js';
export type { PlanBox, PlannedDay, PlannedRestaurant, PlannedSlot, SlotPlan } from './plan/slot-plan.js';
export { planRows, plannedDays, plannedSlots } from './plan/walk-plan.js';
export type { DayTime } from './plan/week-slots.js';
export { adoptRun, type AdoptOptions, type AdoptResult } from './runs/adopt-run.js';
export type { HaltReason } from './runs/distributed-run.js';
export { listRuns, showRun, type RunDetails } from './runs/list-runs.js';
export { readRunPlan } from './runs/read-run-plan.js';
export { resumeRun, type ResumeRunOptions } from './runs/resume-run.js';
export { rollbackRun, type RollbackEvent, type RollbackOptions } from './runs/rollback-run.js';
export { previewSlots, type PreviewOptions, type SlotPreview } from './verify/preview-slots.js';
export { verifySlots, type VerifyOptions } from './verify/verify-slots.js';
