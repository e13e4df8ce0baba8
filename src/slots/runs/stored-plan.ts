import type { Database, SqlValue, Transaction } from '../../database/database.js';
import { TablepickError } from '../../errors.js';
import { compilePlan } from '../plan/index.js';
import type { RestaurantRules, SlotPlan, WeeklyHours } from '../plan/index.js';
import { requireRun } from './run-record.js';
import type { RunRecord } from './run-record.js';

const INSERT_WEEK = `INSERT INTO slot_run_week (run_id, week, hours) VALUES (?, ?, ?)`;
const INSERT_RESTAURANTS = `INSERT INTO slot_run_restaurant (run_id, ordinal, restaurant_id, week, capacity) VALUES `;
const READ_WEEKS = `SELECT week, hours FROM slot_run_week WHERE run_id = ? ORDER BY week`;
const READ_RESTAURANTS = `
  SELECT ordinal, restaurant_id AS restaurantId, week, capacity FROM slot_run_restaurant
  WHERE run_id = ? AND ordinal >= ? ORDER BY ordinal LIMIT 5000`;

const restaurantsPerInsert = 2_000;

/** Stores the rules of a run, so that resume and rollback do not depend on later changes of the rules. */
export async function storePlan(tx: Transaction, runId: number, plan: SlotPlan): Promise<void> {
  for (const [week, hours] of plan.weeks.entries()) {
    await tx.execute(INSERT_WEEK, [runId, week, JSON.stringify(hours)]);
  }
  for (let start = 0; start < plan.restaurants.length; start += restaurantsPerInsert) {
    const part = plan.restaurants.slice(start, start + restaurantsPerInsert);
    const rows = part.map((r, i): SqlValue[] => [runId, start + i, r.restaurantId, r.week, r.capacity]);
    await tx.execute(INSERT_RESTAURANTS + rows.map(() => '(?,?,?,?,?)').join(','), rows.flat());
  }
}

/**
 * Reads the stored plan of a run.
 *
 * @throws `RULES_CHANGED` when the stored rules do not have the run's hash.
 */
export async function readPlan(database: Database, run: RunRecord): Promise<SlotPlan> {
  const rows = await database.query<{ week: number; hours: string | WeeklyHours }>(READ_WEEKS, [run.runId]);
  const weeks = rows.map((row) => (typeof row.hours === 'string' ? (JSON.parse(row.hours) as WeeklyHours) : row.hours));
  const range = { from: run.from, days: run.days };
  const plan = await compilePlan(storedRules(database, run.runId, weeks), range, { overnight: run.overnight });
  if (plan.rulesHash !== run.rulesHash) {
    throw new TablepickError('RULES_CHANGED', `the stored rules of run ${run.runId} were altered`, {
      hint: 'restore slot_run_week and slot_run_restaurant, or start a new run with --restart',
    });
  }
  return plan;
}

/**
 * The plan of a run from its stored rules, also when the rules have changed since.
 *
 * @throws `RUN_UNKNOWN`; `RULES_CHANGED` when the stored rules were altered.
 */
export async function readRunPlan(database: Database, runId: number): Promise<SlotPlan> {
  return readPlan(database, await requireRun(database, runId));
}

async function* storedRules(database: Database, runId: number, weeks: WeeklyHours[]): AsyncGenerator<RestaurantRules> {
  for (let ordinal = 0; ;) {
    const rows = await database.query<{ ordinal: number; restaurantId: number; week: number; capacity: number }>(
      READ_RESTAURANTS,
      [runId, ordinal],
    );
    for (const { restaurantId, capacity, week } of rows) yield { restaurantId, capacity, week: weeks[week] ?? [] };
    const last = rows.at(-1);
    if (last === undefined) return;
    ordinal = last.ordinal + 1;
  }
}
