import fc from 'fast-check';

import type { OpeningInterval, OvernightRule, RestaurantRules, SlotRange } from 'tablepick/slots';

/** The input from which a plan is compiled. */
export interface PlanInput {
  rules: RestaurantRules[];
  range: SlotRange;
  overnight: OvernightRule;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** Half of them are on the half hour, so that intervals meet, overlap and claim the same times. */
function minuteUpTo(last: number): fc.Arbitrary<number> {
  const half = fc.integer({ min: 0, max: Math.floor(last / 30) }).map((n) => n * 30);
  return fc.oneof(half, fc.integer({ min: 0, max: last }));
}

const interval: fc.Arbitrary<OpeningInterval> = fc
  .record({
    opens: minuteUpTo(1439),
    closes: minuteUpTo(1440),
    stepMinutes: fc.oneof(fc.constantFrom(undefined, 30, 60, 90, 1440), fc.integer({ min: 7, max: 400 })),
    capacity: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  })
  .filter(({ opens, closes }) => opens !== closes)
  .map(({ opens, closes, ...rest }) => ({ opensAt: clock(opens), closesAt: clock(closes), ...rest }));

const day = fc.array(interval, { maxLength: 3 });

const restaurant: fc.Arbitrary<RestaurantRules> = fc.record({
  restaurantId: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  capacity: fc.integer({ min: 0, max: 1000 }),
  week: fc.tuple(day, day, day, day, day, day, day),
});

/**
 * Dates around clock changes, leap days, the day Apia left out, the ends of years and of what a DATE holds, and any
 * other.
 */
const from = fc.oneof(
  fc.constantFrom(
    '2026-03-07',
    '2026-10-31',
    '2011-12-28',
    '2024-02-27',
    '2100-02-26',
    '2026-12-29',
    '1000-01-01',
    '9999-12-20',
  ),
  fc.integer({ min: -300_000, max: 2_900_000 }).map((n) => new Date(n * 86_400_000).toISOString().slice(0, 10)),
);

/** Any usable rules of up to four restaurants, over up to twelve dates. */
export const planInput: fc.Arbitrary<PlanInput> = fc.record({
  rules: fc.uniqueArray(restaurant, { selector: (rules) => rules.restaurantId, maxLength: 4 }),
  range: fc.record({ from, days: fc.integer({ min: 1, max: 12 }) }),
  overnight: fc.constantFrom<OvernightRule>('next-day', 'clamp-to-22'),
});
