import type { SqlValue } from '../../database/database.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';

/** A WHERE condition with its values. */
export interface SqlCondition {
  sql: string;
  values: SqlValue[];
}

/**
 * The slots of a box's restaurants and dates, also those the plan does not want. Restaurants stand as a list, not as a
 * range: each is then one range of the unique key (restaurant, date, time) with its dates, where `BETWEEN` would read
 * the other months of every restaurant.
 */
export function boxCondition(plan: SlotPlan, box: PlanBox): SqlCondition {
  const ids = plan.restaurants.slice(box.start, box.end).map((restaurant) => restaurant.restaurantId);
  return {
    sql: `{slot.restaurantId} IN (${ids.map(() => '?').join(',')}) AND {slot.date} BETWEEN ? AND ?`,
    values: [...ids, box.fromDate, box.toDate],
  };
}
