import type { OvernightRule, SlotRange, WeeklyHours } from './rules.js';
import type { DayTime } from './week-slots.js';

/** A slot of the plan. */
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
  /** Seats of a slot. Used when the slot's own capacity is null. */
  capacity: number;
  /** `YYYY-MM-DD` */
  date: string;
  /** Ascending, each once, at least one. Days share this array: do not change it. */
  times: readonly DayTime[];
}

/** A restaurant of the plan, with its week and its capacity. */
export interface PlannedRestaurant {
  restaurantId: number;
  /** Index into `SlotPlan.weeks`. */
  week: number;
  capacity: number;
}

/**
 * The compiled rules and dates. They define the exact set of expected keys. The size grows with restaurants and
 * distinct weeks, never with rows or dates. The plan is a plain object: it can be structured-cloned to a worker and
 * stored as JSON.
 */
export interface SlotPlan {
  range: SlotRange;
  overnight: OvernightRule;
  /** Distinct weeks, in order of first use. */
  weeks: WeeklyHours[];
  /** Ascending by `restaurantId`, each once. */
  restaurants: PlannedRestaurant[];
  /** Number of slots. */
  rows: number;
  /** SHA-256 (hex) of overnight rule, weeks and restaurants, without the range. Equal hashes mean equal rules. */
  rulesHash: string;
}

/** A part of a plan: consecutive restaurants, with ranges of dates and times. The last date and time are included. */
export interface PlanBox {
  /** Index into `SlotPlan.restaurants`. `start` is included, `end` is not. */
  start: number;
  end: number;
  fromDate: string;
  toDate: string;
  /** `HH:MM` */
  fromTime: string;
  toTime: string;
}
