export { compilePlan } from './compile-plan.js';
export { boxChecksum, planDays, planRestaurants } from './plan-checksum.js';
export type { SlotChecksum } from './plan-checksum.js';
export type { PlanBox, PlannedDay, PlannedRestaurant, PlannedSlot, SlotPlan } from './slot-plan.js';
export { chunkPlan, splitBox } from './split-plan.js';
export { plannedDays, plannedSlots, planRows, rowCounter, wholePlan } from './walk-plan.js';
export type { DayTime } from './week-slots.js';
