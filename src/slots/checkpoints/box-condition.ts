import type { SqlValue } from '../../database/database.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';

/** A WHERE condition with its values. */
export interface SqlCondition {
  sql: string;
  values: SqlValue[];
}

/**
 * Selects the slots of a box's restaurants and dates, also unplanned slots. The restaurants are a list, so that each
 * restaurant with its dates is one range of the unique key (restaurant, date, time). `BETWEEN` for the restaurants
 * would also read their other months.
 */
export function boxCondition(plan: SlotPlan, box: PlanBox): SqlCondition {
  const ids = plan.restaurants.slice(box.start, box.end).map((restaurant) => restaurant.restaurantId);
  return {
    sql: `{slot.restaurantId} IN (${ids.map(() => '?').join(',')}) AND {slot.date} BETWEEN ? AND ?`,
    values: [...ids, box.fromDate, box.toDate],
  };
}
