import { checkInteger } from '../../check-option.js';
import { addDays, datesOf, dayNumber } from './calendar.js';
import type { PlanBox, SlotPlan } from './slot-plan.js';
import { plannedSlots, planRows, rowCounter, wholePlan } from './walk-plan.js';
import { minuteOf, timesOfTheDay } from './week-slots.js';

/** A query names each restaurant of a box. With some 40,000 restaurants, MySQL would read the whole index instead. */
const restaurantsAtMost = 10_000;

/**
 * Cuts the whole plan into boxes of consecutive restaurants. A box has at most `rowsPerChunk` slots and 10,000
 * restaurants. When one restaurant has more slots, it has its own box. With `restaurant`, every restaurant with slots
 * has its own box, and the restaurants without slots belong to a box beside them.
 *
 * @throws `BAD_OPTION` when `rowsPerChunk` is not a whole number from 1 on.
 */
export function chunkPlan(plan: SlotPlan, rowsPerChunk: number | 'restaurant'): PlanBox[] {
  const limit = rowsPerChunk === 'restaurant' ? 1 : rowsPerChunk;
  const hint = 'give a whole number, 1 or more';
  checkInteger('rowsPerChunk', limit, { min: 1, message: `chunks of ${limit} rows`, hint });
  const whole = wholePlan(plan);
  const rowsOf = rowCounter(plan, whole);
  const starts = whole.end > 0 ? [0] : [];
  let open = 0;
  for (let index = 0; index < whole.end; index++) {
    const rows = rowsOf(index);
    const isFull = rows > 0 && open > 0 && open + rows > limit;
    if (isFull || index - (starts.at(-1) ?? 0) >= restaurantsAtMost) {
      starts.push(index);
      open = 0;
    }
    open += rows;
  }
  return starts.map((start, chunk) => ({ ...whole, start, end: starts[chunk + 1] ?? whole.end }));
}

/**
 * Cuts a box into two halves of about equal size: between restaurants, else between dates, else between times. Together
 * the halves hold all slots, and each has at least one slot. When the box has one slot or none, the result is
 * undefined.
 */
export function splitBox(plan: SlotPlan, box: PlanBox): [PlanBox, PlanBox] | undefined {
  return splitRestaurants(plan, box) ?? splitDates(plan, box) ?? splitTimes(plan, box);
}

function splitRestaurants(plan: SlotPlan, box: PlanBox): [PlanBox, PlanBox] | undefined {
  const rowsOf = rowCounter(plan, box);
  const cut = middleCut(Array.from({ length: box.end - box.start }, (_, offset) => rowsOf(box.start + offset)));
  if (cut === undefined) return undefined;
  const middle = box.start + cut;
  return [
    { ...box, end: middle },
    { ...box, start: middle },
  ];
}

function splitDates(plan: SlotPlan, box: PlanBox): [PlanBox, PlanBox] | undefined {
  const dates = datesOf({ from: box.fromDate, days: dayNumber(box.toDate) - dayNumber(box.fromDate) + 1 });
  const cut = middleCut(dates.map((date) => planRows(plan, { ...box, fromDate: date, toDate: date })));
  if (cut === undefined) return undefined;
  return [
    { ...box, toDate: addDays(box.fromDate, cut - 1) },
    { ...box, fromDate: addDays(box.fromDate, cut) },
  ];
}

/** Here only one restaurant and date have slots, so all slots have different times. */
function splitTimes(plan: SlotPlan, box: PlanBox): [PlanBox, PlanBox] | undefined {
  const times = [...plannedSlots(plan, box)].map(({ time }) => time);
  const fromTime = times[Math.ceil(times.length / 2)];
  if (fromTime === undefined) return undefined;
  const toTime = timesOfTheDay[minuteOf(fromTime) - 1]?.time ?? box.fromTime;
  return [
    { ...box, toTime },
    { ...box, fromTime },
  ];
}

/** The number of `counts` in the first half. The cut is nearest the middle, and no side is empty. */
function middleCut(counts: number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let best: { cut: number; distance: number } | undefined;
  let before = 0;
  for (const [index, count] of counts.entries()) {
    before += count;
    const distance = Math.abs(total - 2 * before);
    if (before > 0 && before < total && distance < (best?.distance ?? Infinity)) best = { cut: index + 1, distance };
  }
  return best?.cut;
}
