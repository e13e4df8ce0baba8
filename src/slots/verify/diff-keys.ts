import type { Session } from '../../database/database.js';
import type { SlotKey } from '../generation.js';
import { plannedSlots } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { boxCondition, keyText, shortTime } from '../checkpoints/index.js';

/** The differences between a part of the table and the plan. */
export interface KeyDifference {
  present: number;
  distinct: number;
  missing: SlotKey[];
  /** Not planned, or stored more than once. */
  unexpected: SlotKey[];
}

/** Reads the keys of a box with `reader` and compares them with the plan, key by key. */
export async function diffKeys(reader: Pick<Session, 'query'>, plan: SlotPlan, box: PlanBox): Promise<KeyDifference> {
  const condition = boxCondition(plan, box);
  const statement = `
    SELECT {slot.restaurantId} AS restaurantId, CAST({slot.date} AS CHAR) AS date, CAST({slot.time} AS CHAR) AS time
    FROM {slot} WHERE ${condition.sql}`;
  const stored = await reader.query<SlotKey>(statement, condition.values);
  const open = new Map<string, SlotKey>();
  for (const { restaurantId, date, time } of plannedSlots(plan, box)) {
    open.set(keyText({ restaurantId, date, time }), { restaurantId, date, time });
  }
  const seen = new Set<string>();
  const unexpected: SlotKey[] = [];
  for (const key of stored) {
    const text = keyText(key);
    seen.add(text);
    if (!open.delete(text)) unexpected.push({ ...key, time: shortTime(key.time) });
  }
  return { present: stored.length, distinct: seen.size, missing: [...open.values()], unexpected };
}
