/** One stretch of opening hours on one weekday, restaurant-local wall time. */
export interface OpeningInterval {
  /** First slot starts here, `HH:MM`, 00:00–23:59. */
  opensAt: string;
  /** Every slot ends by this time, `HH:MM`, 00:00–24:00; before `opensAt` it is on the next day. */
  closesAt: string;
  /** Length of a slot in minutes, 1–1440. Default 60. */
  stepMinutes?: number | undefined;
  /** Seats in each slot, 0 or more. Default: the restaurant's `capacity`. */
  capacity?: number | undefined;
}

/** Hours per weekday, Monday first, exactly seven entries; an empty entry is a closed day. */
export type WeeklyHours = readonly (readonly OpeningInterval[])[];

/** All that decides one restaurant's slots. */
export interface RestaurantRules {
  restaurantId: number;
  /** Seats of a slot whose interval names none. */
  capacity: number;
  week: WeeklyHours;
}

/**
 * Consecutive calendar dates; a slot belongs to the date it starts on, also when its opening day was the day before.
 */
export interface SlotRange {
  /** First date, `YYYY-MM-DD`. */
  from: string;
  /** Number of dates, 1–3660. */
  days: number;
}

/**
 * What closing before opening means: `next-day` (default) reaches past midnight;
 * `clamp-to-22` ends such a day at 22:00, as the service did that this tool grew out of.
 */
export type OvernightRule = 'next-day' | 'clamp-to-22';
