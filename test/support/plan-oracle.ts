import type { OpeningInterval, OvernightRule, RestaurantRules, SlotRange } from 'tablepick/slots';

const MS_PER_MINUTE = 60_000;

interface Claim {
  /** `YYYY-MM-DD HH:MM` */
  key: string;
  capacity: number;
  /** Smaller wins: the date's own hours before those of the night before, then the order in the list. */
  rank: number;
}

/**
 * The slots of one restaurant, found without the planner. Visits every minute of every opening day and of the day after
 * it, asks each interval whether a slot starts now, and reads date and time from a UTC instant.
 *
 * @returns Capacity by `YYYY-MM-DD HH:MM`, ascending.
 */
export function walkSlots(rules: RestaurantRules, range: SlotRange, overnight: OvernightRule): Map<string, number> {
  const best = new Map<string, Claim>();
  for (const claim of claimsOf(rules, range, overnight)) {
    if (claim.rank < (best.get(claim.key)?.rank ?? Infinity)) best.set(claim.key, claim);
  }
  const last = dayAfter(range.from, range.days - 1)
    .toISOString()
    .slice(0, 10);
  const inRange = [...best.values()].filter(({ key }) => key >= range.from && key.slice(0, 10) <= last);
  return new Map(inRange.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, capacity }) => [key, capacity]));
}

function* claimsOf(rules: RestaurantRules, range: SlotRange, overnight: OvernightRule): Generator<Claim> {
  for (let offset = -1; offset < range.days; offset++) {
    const midnight = dayAfter(range.from, offset);
    const intervals = rules.week[(midnight.getUTCDay() + 6) % 7] ?? [];
    for (const [place, interval] of intervals.entries()) {
      const capacity = interval.capacity ?? rules.capacity;
      for (const now of startsOf(interval, overnight)) {
        const instant = new Date(midnight.getTime() + now * MS_PER_MINUTE);
        const key = instant.toISOString().slice(0, 16).replace('T', ' ');
        yield { key, capacity, rank: now < 1440 ? place : 1000 + place };
      }
    }
  }
}

/** The minutes, counted from the midnight before opening, at which a slot of the interval starts. */
function* startsOf(interval: OpeningInterval, overnight: OvernightRule): Generator<number> {
  const step = interval.stepMinutes ?? 60;
  const opens = minutes(interval.opensAt);
  let closes = minutes(interval.closesAt);
  if (closes < opens) closes = overnight === 'clamp-to-22' ? 1320 : closes + 1440;
  for (let now = 0; now < 2 * 1440; now++) {
    if (now >= opens && (now - opens) % step === 0 && now + step <= closes) yield now;
  }
}

function dayAfter(date: string, days: number): Date {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day + days));
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(':').map(Number);
  return hours * 60 + rest;
}
