import { datesOf, dayNumber, isoWeekday, lastDateOf } from './calendar.js';
import type { SlotRange, WeeklyHours } from './rules.js';
import type { PlanBox, PlannedDay, PlannedRestaurant, PlannedSlot, SlotPlan } from './slot-plan.js';
import { slotsOfWeekday } from './week-slots.js';
import type { DayTime } from './week-slots.js';

/** The box that holds all slots of a plan. */
export function wholePlan(plan: SlotPlan): PlanBox {
  const dates = { fromDate: plan.range.from, toDate: lastDateOf(plan.range) };
  return { start: 0, end: plan.restaurants.length, ...dates, fromTime: '00:00', toTime: '23:59' };
}

/** The number of slots of a plan or of a box. It is computed without a walk over the slots. */
export function planRows(plan: SlotPlan, box: PlanBox = wholePlan(plan)): number {
  const rowsOf = rowCounter(plan, box);
  let rows = 0;
  for (let index = box.start; index < box.end; index++) rows += rowsOf(index);
  return rows;
}

/**
 * Returns a function that counts the slots of one restaurant in the box, by its index in `plan.restaurants`. Each week
 * is counted once.
 */
export function rowCounter(plan: SlotPlan, box: PlanBox): (index: number) => number {
  const weekdays = countWeekdays(plan, box);
  const rowsByWeek = new Map<number, number>();
  return (index) => {
    const week = plan.restaurants[index]?.week ?? 0;
    const known = rowsByWeek.get(week);
    if (known !== undefined) return known;
    const rows = weekdays.reduce(
      (sum, dates, day) => sum + dates * timesOf(plan, box, { week, weekday: day + 1 }).length,
      0,
    );
    rowsByWeek.set(week, rows);
    return rows;
  };
}

/** The slots of a plan, or a box of it, ascending by restaurant, date and time, each key once. */
export function* plannedSlots(plan: SlotPlan, box: PlanBox = wholePlan(plan)): Generator<PlannedSlot> {
  for (const { restaurantId, capacity, date, times } of plannedDays(plan, box)) {
    for (const slot of times) yield { restaurantId, date, time: slot.time, capacity: slot.capacity ?? capacity };
  }
}

/**
 * {@link plannedSlots} by restaurant and date, ascending. This is the fast way to walk a plan. Days without slots are
 * left out.
 */
export function* plannedDays(plan: SlotPlan, box: PlanBox = wholePlan(plan)): Generator<PlannedDay> {
  const dates = datesOf(rangeOfBox(plan, box)).map((date) => ({ date, weekday: isoWeekday(date) }));
  for (let index = box.start; index < box.end; index++) {
    const { restaurantId, capacity, week } = plan.restaurants[index] as PlannedRestaurant;
    for (const { date, weekday } of dates) {
      const times = timesOf(plan, box, { week, weekday });
      if (times.length > 0) yield { restaurantId, capacity, date, times };
    }
  }
}

function timesOf(
  plan: SlotPlan,
  box: PlanBox,
  { week, weekday }: { week: number; weekday: number },
): readonly DayTime[] {
  const times = slotsOfWeekday(plan.weeks[week] as WeeklyHours, weekday, plan.overnight);
  if (box.fromTime === '00:00' && box.toTime === '23:59') return times;
  return times.filter(({ time }) => time >= box.fromTime && time <= box.toTime);
}

/** How many Mondays, Tuesdays, … the box has. */
function countWeekdays(plan: SlotPlan, box: PlanBox): number[] {
  const { from, days } = rangeOfBox(plan, box);
  const first = isoWeekday(from) - 1;
  return Array.from({ length: 7 }, (_, day) => Math.max(0, Math.ceil((days - ((day - first + 7) % 7)) / 7)));
}

/** The dates of the box inside the plan's range. There may be none. */
function rangeOfBox(plan: SlotPlan, box: PlanBox): SlotRange {
  const from = box.fromDate > plan.range.from ? box.fromDate : plan.range.from;
  const last = lastDateOf(plan.range);
  const to = box.toDate < last ? box.toDate : last;
  return { from, days: Math.max(0, dayNumber(to) - dayNumber(from) + 1) };
}
