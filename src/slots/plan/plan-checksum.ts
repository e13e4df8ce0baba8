import { datesOf } from './calendar.js';
import { datePart, restaurantPart, timePart } from './slot-crc.js';
import type { PlanBox, PlannedDay, SlotPlan } from './slot-plan.js';
import { plannedDays, wholePlan } from './walk-plan.js';
import { timesOfTheDay } from './week-slots.js';
import type { DayTime } from './week-slots.js';

/** Count and checksum of a set of slots. Equal sets give equal values, in any order. */
export interface SlotChecksum {
  rows: number;
  /** Sum of the slots' CRC-32, as `SUM(CRC32(CONCAT(restaurant_id, '|', date, '|', time)))` gives it on the server. */
  checksum: bigint;
}

/** A day adds less than 2^43. The sum is moved to a bigint above 2^52, so it stays exact. */
const FLUSH_ABOVE = 2 ** 52;

const timeParts = Int32Array.from(timesOfTheDay, ({ time }) => timePart(time));

/** Count and checksum of the slots of a box. */
export function boxChecksum(plan: SlotPlan, box: PlanBox): SlotChecksum {
  const sumDay = daySummer();
  let rows = 0;
  let checksum = 0n;
  let pending = 0;
  for (const day of plannedDays(plan, box)) {
    rows += day.times.length;
    pending += sumDay(day);
    if (pending > FLUSH_ABOVE) {
      checksum += BigInt(pending);
      pending = 0;
    }
  }
  return { rows, checksum: checksum + BigInt(pending) };
}

/** Count and checksum per date of the plan, ascending, dates without slots included. */
export function* planDays(plan: SlotPlan): Generator<SlotChecksum & { date: string }> {
  for (const date of datesOf(plan.range)) {
    yield { date, ...boxChecksum(plan, { ...wholePlan(plan), fromDate: date, toDate: date }) };
  }
}

/** Count and checksum per restaurant of the plan, ascending, restaurants without slots included. */
export function* planRestaurants(plan: SlotPlan): Generator<SlotChecksum & { restaurantId: number }> {
  for (const [start, { restaurantId }] of plan.restaurants.entries()) {
    yield { restaurantId, ...boxChecksum(plan, { ...wholePlan(plan), start, end: start + 1 }) };
  }
}

/**
 * Returns a function that sums the CRC-32 values of a day's slots. It caches the part of each date and of the last
 * restaurant.
 */
function daySummer(): (day: PlannedDay) => number {
  const dateParts = new Map<string, number>();
  let restaurantId = NaN;
  let ofRestaurant = 0;
  return (day) => {
    if (day.restaurantId !== restaurantId) {
      restaurantId = day.restaurantId;
      ofRestaurant = restaurantPart(restaurantId);
    }
    let ofDate = dateParts.get(day.date);
    if (ofDate === undefined) dateParts.set(day.date, (ofDate = datePart(day.date)));
    return sumTimes(ofRestaurant ^ ofDate, day.times);
  };
}

function sumTimes(ofDay: number, times: readonly DayTime[]): number {
  let sum = 0;
  for (const { minute } of times) sum += (ofDay ^ (timeParts[minute] as number)) >>> 0;
  return sum;
}
