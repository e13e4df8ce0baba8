import type { OpeningInterval, OvernightRule, RestaurantRules, SlotRange } from '../../src/slots/rules.js';

const MS_PER_MINUTE = 60_000;

interface Claim {
  capacity: number;
  /** Smaller wins: the date's own hours before the night before's, then the order they are listed in. */
  rank: number;
}

/**
 * The slots of one restaurant, found without the planner: stands at every minute of every opening day and the day after it,
 * asks each interval whether a slot starts now, and reads date and time off a UTC instant.
 *
 * @returns Capacity by `YYYY-MM-DD HH:MM`, ascending.
 */
export function walkSlots(rules: RestaurantRules, range: SlotRange, overnight: OvernightRule): Map<string, number> {
  const claims = new Map<string, Claim>();
  const [year = 0, month = 0, day = 0] = range.from.split('-').map(Number);
  for (let offset = -1; offset < range.days; offset++) {
    const midnight = Date.UTC(year, month - 1, day + offset);
    const weekday = (new Date(midnight).getUTCDay() + 6) % 7;
    for (const [place, interval] of (rules.week[weekday] ?? []).entries()) {
      const starts = startsNow(interval, overnight);
      for (let now = 0; now < 2 * 1440; now++) {
        if (!starts(now)) continue;
        const key = new Date(midnight + now * MS_PER_MINUTE).toISOString().slice(0, 16).replace('T', ' ');
        const claim = { capacity: interval.capacity ?? rules.capacity, rank: now < 1440 ? place : 1000 + place };
        if (claim.rank < (claims.get(key)?.rank ?? Infinity)) claims.set(key, claim);
      }
    }
  }
  const last = new Date(Date.UTC(year, month - 1, day + range.days - 1)).toISOString().slice(0, 10);
  const inRange = [...claims]
    .filter(([key]) => key >= range.from && key.slice(0, 10) <= last)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(inRange.map(([key, { capacity }]) => [key, capacity]));
}

/** A question about a minute, counted from the midnight before opening: does a slot of the interval start now? */
function startsNow(interval: OpeningInterval, overnight: OvernightRule): (now: number) => boolean {
  const step = interval.stepMinutes ?? 60;
  const opens = minutes(interval.opensAt);
  let closes = minutes(interval.closesAt);
  if (closes < opens) closes = overnight === 'clamp-to-22' ? 1320 : closes + 1440;
  return (now) => now >= opens && (now - opens) % step === 0 && now + step <= closes;
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(':').map(Number);
  return hours * 60 + rest;
}
