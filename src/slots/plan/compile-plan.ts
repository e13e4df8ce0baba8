import { createHash } from 'node:crypto';

import { checkRange } from './calendar.js';
import { badRule, checkRules } from './check-rules.js';
import type { OvernightRule, RestaurantRules, SlotRange, WeeklyHours } from './rules.js';
import type { PlannedRestaurant, SlotPlan } from './slot-plan.js';
import { planRows } from './walk-plan.js';
import { WeekTable } from './week-table.js';

/**
 * Reads all rules and compiles them with the dates into a plan. The same rules in any order give the same plan.
 *
 * @throws `BAD_RANGE` when the dates do not exist; `BAD_RULE` when hours are not usable or a restaurant comes twice;
 * whatever `rules` throws.
 * @example
 * const day = [{ opensAt: '11:00', closesAt: '14:00' }];
 * const rules = [{ restaurantId: 1, capacity: 40, week: [day, day, day, day, day, [], []] }] as const;
 * const { rows } = await compilePlan(rules, rangeOf({ month: '2030-12' }));
 */
export async function compilePlan(
  rules: AsyncIterable<RestaurantRules> | Iterable<RestaurantRules>,
  range: SlotRange,
  options: { overnight?: OvernightRule | undefined } = {},
): Promise<SlotPlan> {
  const checkedRange = checkRange(range);
  const table = new WeekTable();
  const restaurants: PlannedRestaurant[] = [];
  for await (const rule of rules) {
    checkRules(rule);
    restaurants.push({ restaurantId: rule.restaurantId, week: table.indexOf(rule.week), capacity: rule.capacity });
  }
  sortRestaurants(restaurants);
  const weeks = orderWeeks(restaurants, table.weeks);
  const overnight = options.overnight ?? 'next-day';
  const rulesHash = hashRules({ overnight, weeks, restaurants });
  const plan: SlotPlan = { range: checkedRange, overnight, weeks, restaurants, rows: 0, rulesHash };
  plan.rows = planRows(plan);
  return plan;
}

function sortRestaurants(restaurants: PlannedRestaurant[]): void {
  restaurants.sort((a, b) => a.restaurantId - b.restaurantId);
  for (let index = 1; index < restaurants.length; index++) {
    const id = restaurants[index]?.restaurantId;
    if (id === restaurants[index - 1]?.restaurantId) {
      throw badRule(`restaurant ${id} comes twice`, 'give all hours of a restaurant in one week of rules');
    }
  }
}

/** Numbers the weeks by their first use, so that the plan does not depend on the order of the rules. */
function orderWeeks(restaurants: PlannedRestaurant[], weeks: readonly WeeklyHours[]): WeeklyHours[] {
  const ordered: WeeklyHours[] = [];
  const placeOf = new Map<number, number>();
  for (const restaurant of restaurants) {
    let place = placeOf.get(restaurant.week);
    if (place === undefined) {
      place = ordered.push(weeks[restaurant.week] as WeeklyHours) - 1;
      placeOf.set(restaurant.week, place);
    }
    restaurant.week = place;
  }
  return ordered;
}

/** Hashes one JSON text per line, because a million restaurants must not become one string. */
function hashRules({ overnight, weeks, restaurants }: Pick<SlotPlan, 'overnight' | 'weeks' | 'restaurants'>): string {
  const hash = createHash('sha256').update(`${JSON.stringify(overnight)}\n`);
  for (const week of weeks) hash.update(`${JSON.stringify(week)}\n`);
  for (let start = 0; start < restaurants.length; start += 1000) {
    const lines = restaurants.slice(start, start + 1000).map((r) => `[${r.restaurantId},${r.week},${r.capacity}]\n`);
    hash.update(lines.join(''));
  }
  return hash.digest('hex');
}
