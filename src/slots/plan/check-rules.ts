import { TablepickError } from '../../errors.js';
import type { OpeningInterval, RestaurantRules } from './rules.js';

/** The weekdays in the order of a week's entries. */
export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

const OPENS_AT = /^([01]\d|2[0-3]):[0-5]\d$/;
const CLOSES_AT = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;
/** The largest INT. */
const MAX_CAPACITY = 2_147_483_647;

/**
 * Refuses invalid rules: ids, capacities or steps out of range, invalid times, a closing time equal to its opening
 * time.
 *
 * @throws `BAD_RULE` that names restaurant, weekday and value.
 */
export function checkRules(rules: RestaurantRules): void {
  const { restaurantId, capacity, week } = rules;
  checkRestaurantId(restaurantId);
  const where = `restaurant ${restaurantId}`;
  checkCapacity(capacity, where);
  if (!Array.isArray(week) || week.length !== 7 || !week.every(Array.isArray)) {
    throw badRule(`${where}: the week needs seven lists of opening hours, Monday first`);
  }
  week.forEach((intervals, day) => {
    for (const interval of intervals) checkInterval(interval, `${where}, ${String(weekdayNames[day])}`);
  });
}

/** A `BAD_RULE` error. The default hint explains the format of times. */
export function badRule(
  message: string,
  hint = 'times are whole minutes: opening 00:00 to 23:59, closing 00:00 to 24:00',
): TablepickError {
  return new TablepickError('BAD_RULE', message, { hint });
}

function checkInterval(interval: OpeningInterval, where: string): void {
  const { opensAt, closesAt, stepMinutes = 60, capacity } = interval;
  if (!OPENS_AT.test(opensAt)) throw badRule(`${where}: opening time "${String(opensAt)}" is no time of day`);
  if (!CLOSES_AT.test(closesAt)) throw badRule(`${where}: closing time "${String(closesAt)}" is no time of day`);
  if (opensAt === closesAt) {
    throw badRule(
      `${where}: opens and closes at ${opensAt}`,
      'write 00:00 to 24:00 for a whole day, no hours for a closed one',
    );
  }
  if (!Number.isInteger(stepMinutes) || stepMinutes < 1 || stepMinutes > 1440) {
    throw badRule(`${where}: step of ${String(stepMinutes)} minutes`, 'a step is a whole number of minutes, 1 to 1440');
  }
  if (capacity !== undefined) checkCapacity(capacity, where);
}

function checkRestaurantId(restaurantId: number): void {
  if (Number.isSafeInteger(restaurantId) && restaurantId >= 1) return;
  throw badRule(
    `restaurant id ${String(restaurantId)} is no whole number from 1 on`,
    'ids are whole numbers, 1 to 9007199254740991',
  );
}

function checkCapacity(capacity: number, where: string): void {
  if (!Number.isInteger(capacity) || capacity < 0 || capacity > MAX_CAPACITY) {
    throw badRule(`${where}: capacity ${String(capacity)}`, `a capacity is a whole number, 0 to ${MAX_CAPACITY}`);
  }
}
