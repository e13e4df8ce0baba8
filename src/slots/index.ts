export {
  distributeRun,
  startSlotWorker,
  type DistributeEvent,
  type DistributeOptions,
  type DistributeResult,
  type SlotWorker,
  type SlotWorkerEvent,
  type SlotWorkerOptions,
  type SlotWorkerResult,
} from './distribution/index.js';
export {
  generateSlots,
  poolSizeFor,
  previewSlots,
  resumeRun,
  type PreviewOptions,
  type ResumeRunOptions,
  type SlotPreview,
  type StrategyChoice,
} from './generate/index.js';
export { insertStrategyNames } from './generation.js';
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
export { demoRestaurantCount, demoRules, isDemo, readRules, seedDemo, type ReadRulesOptions } from './hours/index.js';
export type { RunAttendant } from './ownership/index.js';
export {
  compilePlan,
  parseMonth,
  planDays,
  planRestaurants,
  planRows,
  plannedDays,
  plannedSlots,
  rangeOf,
  type DayTime,
  type OpeningInterval,
  type OvernightRule,
  type PlanBox,
  type PlannedDay,
  type PlannedRestaurant,
  type PlannedSlot,
  type RangeRequest,
  type RestaurantRules,
  type SlotChecksum,
  type SlotPlan,
  type SlotRange,
  type WeeklyHours,
} from './plan/index.js';
export {
  adoptRun,
  listRuns,
  readRunPlan,
  rollbackRun,
  showRun,
  type AdoptOptions,
  type AdoptResult,
  type HaltReason,
  type RollbackEvent,
  type RollbackOptions,
  type RunDetails,
} from './runs/index.js';
export { verifySlots, type VerifyOptions } from './verify/index.js';
