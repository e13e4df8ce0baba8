import { TablepickError } from '../../errors.js';
import type { SlotRange } from './rules.js';

/**
 * How a user names dates: a month, or a first date with a last date or a number of days. A first date alone means one
 * day.
 */
export interface RangeRequest {
  /** `YYYY-MM` */
  month?: string | undefined;
  /** First date, `YYYY-MM-DD`. */
  from?: string | undefined;
  /** Last date, `YYYY-MM-DD`, included. */
  to?: string | undefined;
  /** Number of dates, 1–3660. */
  days?: number | undefined;
}

const MS_PER_DAY = 86_400_000;
const MAX_DAYS = 3660;
/**
 * The range of a DATE column: 1000-01-01 to 9999-12-31.
 *
 * @source MySQL Reference Manual, "The DATE, DATETIME, and TIMESTAMP Types".
 */
const FIRST_DAY_NUMBER = Date.UTC(1000, 0, 1) / MS_PER_DAY;
const LAST_DAY_NUMBER = Date.UTC(9999, 11, 31) / MS_PER_DAY;
const RANGE_HINT = 'name dates as --month 2030-12, --from 2030-12-01 --to 2030-12-31 or --from 2030-12-01 --days 31';

/**
 * The dates a user asks for.
 *
 * @throws `BAD_RANGE` when a date does not exist, the first is after the last, there are no days or more than 3660, or
 * the request names dates twice or not at all.
 * @example
 * const christmas = rangeOf({ from: '2030-12-24', days: 3 });
 */
export function rangeOf(request: RangeRequest): SlotRange {
  const { month, from, to, days } = request;
  if (month !== undefined) {
    if (from !== undefined || to !== undefined || days !== undefined) {
      throw badRange(`month ${month} already names all dates: leave from, to and days out`);
    }
    return parseMonth(month);
  }
  if (from === undefined) throw badRange('no dates were named');
  if (to !== undefined && days !== undefined)
    throw badRange(`to ${to} and days ${days} both name the end: leave one out`);
  return checkRange({ from, days: to === undefined ? (days ?? 1) : daysBetween(from, to) });
}

/**
 * All dates of a month written `YYYY-MM`.
 *
 * @throws `BAD_RANGE` when there is no such month.
 */
export function parseMonth(month: string): SlotRange {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw badRange(`month "${month}" does not exist: write YYYY-MM`);
  const [year = 0, monthNumber = 0] = month.split('-').map(Number);
  return checkRange({ from: `${month}-01`, days: new Date(Date.UTC(year, monthNumber, 0)).getUTCDate() });
}

/**
 * Returns `range` when its dates exist.
 *
 * @throws `BAD_RANGE` when `from` does not exist, `days` is not 1–3660, or the range reaches past the year 9999.
 */
export function checkRange(range: SlotRange): SlotRange {
  const first = dayNumber(range.from);
  if (!Number.isInteger(range.days) || range.days < 1 || range.days > MAX_DAYS) {
    throw badRange(`days ${String(range.days)} from ${range.from} on: it must be a whole number, 1 to ${MAX_DAYS}`);
  }
  if (first + range.days - 1 > LAST_DAY_NUMBER) {
    throw badRange(`${range.days} days from ${range.from} on reach past 9999-12-31`);
  }
  return { from: range.from, days: range.days };
}

/** Every date of a range, ascending, `YYYY-MM-DD`. */
export function datesOf(range: SlotRange): string[] {
  const first = dayNumber(range.from);
  return Array.from({ length: range.days }, (_, index) => dateOfDay(first + index));
}

/** The last date of a range, `YYYY-MM-DD`. */
export function lastDateOf(range: SlotRange): string {
  return addDays(range.from, range.days - 1);
}

/**
 * The date `days` after `date`, or before it when negative.
 *
 * @throws `BAD_RANGE` when `date` does not exist or the result lies outside the years 1000–9999.
 */
export function addDays(date: string, days: number): string {
  const day = dayNumber(date) + days;
  if (day >= FIRST_DAY_NUMBER && day <= LAST_DAY_NUMBER) return dateOfDay(day);
  throw badRange(`${days} days from ${date} lie outside 1000-01-01 to 9999-12-31`);
}

/**
 * The weekday of a date, 1 for Monday to 7 for Sunday.
 *
 * @throws `BAD_RANGE` when `date` does not exist.
 */
export function isoWeekday(date: string): number {
  // Day 0, 1970-01-01, was a Thursday.
  return ((((dayNumber(date) + 3) % 7) + 7) % 7) + 1;
}

/**
 * Days from 1970-01-01 to `date`, negative before it. The time zone of the process has no effect.
 *
 * @throws `BAD_RANGE` when `date` is not a date of the years 1000–9999 written `YYYY-MM-DD`.
 */
export function dayNumber(date: string): number {
  const day = /^[1-9]\d{3}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) / MS_PER_DAY : NaN;
  // Date.parse reads 02-30 as a date in March, so the result is converted back and compared.
  if (Number.isNaN(day) || dateOfDay(day) !== date) throw badRange(`date "${date}" does not exist: write YYYY-MM-DD`);
  return day;
}

function daysBetween(from: string, to: string): number {
  const days = dayNumber(to) - dayNumber(from) + 1;
  if (days < 1) throw badRange(`from ${from} is after to ${to}`);
  return days;
}

function dateOfDay(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

function badRange(message: string): TablepickError {
  return new TablepickError('BAD_RANGE', message, { hint: RANGE_HINT });
}
