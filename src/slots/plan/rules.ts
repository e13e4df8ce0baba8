/** One stretch of opening hours on one weekday, restaurant-local wall time. */
export interface OpeningInterval {
  /** Start of the first slot, `HH:MM`, 00:00–23:59. */
  opensAt: string;
  /** Every slot ends by this time, `HH:MM`, 00:00–24:00. When it is before `opensAt`, it is on the next day. */
  closesAt: string;
  /** Length of a slot in minutes, 1–1440. Default 60. */
  stepMinutes?: number | undefined;
  /** Seats in each slot, 0 or more. Default: the restaurant's `capacity`. */
  capacity?: number | undefined;
}

/** Hours per weekday, Monday first, exactly seven entries. An empty entry is a closed day. */
export type WeeklyHours = readonly (readonly OpeningInterval[])[];

/** The rules for one restaurant's slots. */
export interface RestaurantRules {
  restaurantId: number;
  /** Seats of a slot. Used when the interval has no capacity of its own. */
  capacity: number;
  week: WeeklyHours;
}

/** Consecutive calendar dates. A slot belongs to its start date, also when its opening day was the day before. */
export interface SlotRange {
  /** First date, `YYYY-MM-DD`. */
  from: string;
  /** Number of dates, 1–3660. */
  days: number;
}

/**
 * The meaning of a closing time before the opening time. `next-day` (default): the closing time is after midnight.
 * `clamp-to-22`: the day ends at 22:00. The service that this tool was first written for used that rule.
 */
export type OvernightRule = 'next-day' | 'clamp-to-22';
