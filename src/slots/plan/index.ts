export { type RangeRequest, addDays, datesOf, lastDateOf, parseMonth, rangeOf } from './calendar.js';
export { badRule, checkRules } from './check-rules.js';
export { compilePlan } from './compile-plan.js';
export { type SlotChecksum, boxChecksum, planDays, planRestaurants } from './plan-checksum.js';
export type { OpeningInterval, OvernightRule, RestaurantRules, SlotRange, WeeklyHours } from './rules.js';
export type { PlanBox, PlannedDay, PlannedRestaurant, PlannedSlot, SlotPlan } from './slot-plan.js';
export { chunkPlan, splitBox } from './split-plan.js';
export { plannedDays, plannedSlots, planRows, rowCounter, wholePlan } from './walk-plan.js';
export { type DayTime, slotsOfWeekOn } from './week-slots.js';
