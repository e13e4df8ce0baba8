import { checkInteger } from '../../check-option.js';
import { addDays, datesOf, dayNumber } from './calendar.js';
import type { PlanBox, SlotPlan } from './slot-plan.js';
import { plannedSlots, planRows, rowCounter, wholePlan } from './walk-plan.js';
import { minuteOf, timesOfTheDay } from './week-slots.js';

/** A box is looked up by the list of its restaurants; with some 40,000 MySQL would rather read the whole index. */
const restaurantsAtMost = 10_000;

/**
 * Cuts a plan into boxes of consecutive restaurants that together hold all of it: at most `rowsPerChunk` slots each, or
 * one restaurant that has more, and at most 10,000 restaurants. `restaurant` makes a box of every restaurant that has
 * slots; those without lie in a neighbour's.
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
 * Cuts a box in two of about as many slots, between restaurants, else between dates, else between times. The halves
 * hold all of it, and each at least one slot. Undefined when the box holds one slot or none.
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

/** Only one restaurant and date have slots here, so each slot has a time of its own. */
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

/** How many of `counts` make the first half: the cut nearest the middle that leaves something on both sides. */
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
