import { isoWeekday } from './calendar.js';
import type { OpeningInterval, OvernightRule, WeeklyHours } from './rules.js';

/** The start time of a slot. */
export interface DayTime {
  /** `HH:MM` */
  time: string;
  /** The same time as minutes after midnight, 0–1439. */
  minute: number;
  /** Seats. Null means the restaurant's own capacity. */
  capacity: number | null;
}

/** The slots of one opening day: on its own date (`own`), and after midnight on the next date (`overhang`). */
interface OpeningDay {
  own: readonly DayTime[];
  overhang: readonly DayTime[];
}

type Intervals = readonly OpeningInterval[];

const MINUTES_PER_DAY = 1440;
const CLAMPED_CLOSE = 22 * 60;

/** Every minute of a day as a time with the restaurant's own capacity. The index is the minute. */
export const timesOfTheDay: readonly DayTime[] = Array.from({ length: MINUTES_PER_DAY }, (_, minute) => ({
  time: `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`,
  minute,
  capacity: null,
}));

// Weeks share their days, so the cache has one entry per day. The entry is freed with the plan.
const openingDays: Readonly<Record<OvernightRule, WeakMap<Intervals, OpeningDay>>> = {
  'next-day': new WeakMap(),
  'clamp-to-22': new WeakMap(),
};
const mergedTimes = new WeakMap<readonly DayTime[], WeakMap<readonly DayTime[], readonly DayTime[]>>();

/**
 * The start times of a week's slots on a calendar date, ascending, each once. They include the slots after midnight of
 * the day before. When both days give the same time, the slot of the date itself wins. Callers share the array.
 *
 * @throws `BAD_RANGE` when `date` does not exist.
 */
export function slotsOfWeekOn(week: WeeklyHours, date: string, overnight: OvernightRule): readonly DayTime[] {
  return slotsOfWeekday(week, isoWeekday(date), overnight);
}

/** {@link slotsOfWeekOn} by weekday, 1 for Monday to 7 for Sunday. */
export function slotsOfWeekday(week: WeeklyHours, weekday: number, overnight: OvernightRule): readonly DayTime[] {
  const today = openingDayOf(intervalsOn(week, weekday), overnight);
  const { overhang } = openingDayOf(intervalsOn(week, weekday === 1 ? 7 : weekday - 1), overnight);
  return overhang.length === 0 ? today.own : mergeTimes(today.own, overhang);
}

/** The minutes after midnight of a time `HH:MM`. 24:00 is 1440. */
export function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** The opening hours of a weekday. Rules have no holidays or overrides for one date yet. They would belong here. */
function intervalsOn(week: WeeklyHours, weekday: number): Intervals {
  return week[weekday - 1] ?? [];
}

function openingDayOf(intervals: Intervals, overnight: OvernightRule): OpeningDay {
  const known = openingDays[overnight].get(intervals);
  if (known) return known;
  const day = computeOpeningDay(intervals, overnight);
  openingDays[overnight].set(intervals, day);
  return day;
}

function computeOpeningDay(intervals: Intervals, overnight: OvernightRule): OpeningDay {
  const capacities = new Map<number, number | null>();
  for (const interval of intervals) {
    for (const minute of startsOf(interval, overnight)) {
      if (!capacities.has(minute)) capacities.set(minute, interval.capacity ?? null);
    }
  }
  const minutes = [...capacities.keys()].sort((a, b) => a - b);
  const dayTimes = (part: number[]): DayTime[] =>
    part.map((m) => dayTime(m % MINUTES_PER_DAY, capacities.get(m) ?? null));
  return {
    own: dayTimes(minutes.filter((minute) => minute < MINUTES_PER_DAY)),
    overhang: dayTimes(minutes.filter((minute) => minute >= MINUTES_PER_DAY)),
  };
}

function* startsOf(interval: OpeningInterval, overnight: OvernightRule): Generator<number> {
  const step = interval.stepMinutes ?? 60;
  const closes = closingMinute(interval, overnight);
  for (let start = minuteOf(interval.opensAt); start + step <= closes; start += step) yield start;
}

function closingMinute(interval: OpeningInterval, overnight: OvernightRule): number {
  const closes = minuteOf(interval.closesAt);
  if (closes >= minuteOf(interval.opensAt)) return closes;
  return overnight === 'clamp-to-22' ? CLAMPED_CLOSE : closes + MINUTES_PER_DAY;
}

function dayTime(minute: number, capacity: number | null): DayTime {
  const plain = timesOfTheDay[minute] as DayTime;
  return capacity === null ? plain : { ...plain, capacity };
}

function mergeTimes(own: readonly DayTime[], overhang: readonly DayTime[]): readonly DayTime[] {
  const known = mergedTimes.get(own)?.get(overhang);
  if (known) return known;
  const taken = new Set(own.map(({ minute }) => minute));
  const added = overhang.filter(({ minute }) => !taken.has(minute));
  const merged = [...own, ...added].sort((a, b) => a.minute - b.minute);
  if (!mergedTimes.has(own)) mergedTimes.set(own, new WeakMap());
  mergedTimes.get(own)?.set(overhang, merged);
  return merged;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
