import { TablepickError } from '../../errors.js';
import { lastDateOf } from '../../slots/plan/index.js';
import { type SlotRange, rangeOf } from '../../slots/index.js';
import type { PlanOptions } from './plan-options.js';

/** A demo's month has 30 days, so that its size is always the same. */
const demoDays = 30;

/**
 * The dates that the options name. When they name none: the calendar month after `now` (UTC), or for a demo 30 days
 * from the first of that month.
 *
 * @throws `BAD_OPTION` for `--to` or `--days` without `--from`; `BAD_RANGE` for dates that do not exist or run
 * backwards.
 */
export function readRange(options: PlanOptions & { demo?: unknown }, now: Date): SlotRange {
  const { month, from, to, days } = options;
  if (month !== undefined || from !== undefined) return rangeOf({ month, from, to, days });
  if (to !== undefined || days !== undefined) {
    throw new TablepickError('BAD_OPTION', `${to === undefined ? '--days' : '--to'} needs --from`, {
      hint: 'for example --from 2030-12-24 --days 3, or --month 2030-12',
    });
  }
  const next = nextMonth(now);
  return options.demo === undefined ? rangeOf({ month: next }) : rangeOf({ from: `${next}-01`, days: demoDays });
}

/** The dates that {@link readRange} chose by itself: `next month, 2026-12-01 to 2026-12-31 (31 days)`. */
export function describeDefaultRange(range: SlotRange): string {
  const { days } = rangeOf({ month: range.from.slice(0, 7) });
  const what = range.days < days ? `the first ${range.days} of the ${days} days of next month` : 'next month';
  const more = range.days > days ? ` and ${range.days - days} more, a demo's ${demoDays} days` : '';
  return `${what}${more}, ${describeRange(range)}`;
}

function nextMonth(now: Date): string {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 7);
}

/** `range` for people: `2026-12-01 to 2026-12-31 (31 days)`. */
export function describeRange(range: SlotRange): string {
  const last = lastDateOf(range);
  return last === range.from ? range.from : `${range.from} to ${last} (${range.days} days)`;
}
