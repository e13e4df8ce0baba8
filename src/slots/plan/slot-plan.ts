import type { OvernightRule, SlotRange, WeeklyHours } from './rules.js';
import type { DayTime } from './week-slots.js';

/** A slot as the plan wants it. */
export interface PlannedSlot {
  restaurantId: number;
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM` */
  time: string;
  capacity: number;
}

/** All slots of a restaurant on a date. */
export interface PlannedDay {
  restaurantId: number;
  /** Seats of a slot whose own capacity is null. */
  capacity: number;
  /** `YYYY-MM-DD` */
  date: string;
  /** Ascending, each once, at least one. Shared between days: not to be changed. */
  times: readonly DayTime[];
}

/** A restaurant of the plan: which of the plan's distinct weeks it follows, and its own capacity. */
export interface PlannedRestaurant {
  restaurantId: number;
  /** Index into `SlotPlan.weeks`. */
  week: number;
  capacity: number;
}

/**
 * Rules × dates, compiled: the exact expected key set without its rows. Its size grows with restaurants and distinct
 * weeks, never with rows or dates. A plain object: it can be structured-cloned to a worker and stored as JSON.
 */
export interface SlotPlan {
  range: SlotRange;
  overnight: OvernightRule;
  /** Distinct weeks, in order of first use. */
  weeks: WeeklyHours[];
  /** Ascending by `restaurantId`, each once. */
  restaurants: PlannedRestaurant[];
  /** Slots in all. */
  rows: number;
  /**
   * SHA-256 (hex) over overnight rule, weeks and restaurants: equal hashes mean equal rules. The range is not part of
   * it.
   */
  rulesHash: string;
}

/** A part of a plan: consecutive restaurants, and within them dates and times. Bounds are inclusive. */
export interface PlanBox {
  /** Index into `SlotPlan.restaurants`, first and one past the last. */
  start: number;
  end: number;
  fromDate: string;
  toDate: string;
  /** `HH:MM` */
  fromTime: string;
  toTime: string;
}
