import type { SqlValue, Transaction } from '../../database/database.js';
import { withoutForeignKeyChecks } from '../../database/dialect.js';
import { datesOf, slotsOfWeekOn, wholePlan } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { repeatableTransaction } from '../checkpoints/index.js';
import { INSERT_SLOT, KEEP_EXISTING } from './insert-sql.js';
import type { InsertContext, InsertStrategy } from './insert-strategy.js';
import { lockParents } from './lock-parents.js';

// Staged rows of runs that ended without deleting them: runs that were abandoned, rolled back, or finished by another
// strategy.
const FIND_LEFT_OVER = `
  SELECT DISTINCT s.run_id AS runId FROM slot_run_staged_slot s JOIN slot_run r ON r.id = s.run_id
  WHERE r.state IN ('finished', 'abandoned', 'rolled-back')`;
const CLEAR_STAGE = `DELETE FROM slot_run_staged_slot WHERE run_id = ?`;
const STAGE_HEAD = `INSERT INTO slot_run_staged_slot (run_id, week, date, time, capacity) VALUES `;

// Reads slot_run_restaurant by its primary key (run_id, ordinal), and for each row the staged week by (run_id, week,
// date, time). So rows arrive in the order of the slot table's unique key. READ COMMITTED: the staged rows are read
// without locks.
const INSERT_SELECT = `
  ${INSERT_SLOT}
  SELECT STRAIGHT_JOIN r.restaurant_id, s.date, s.time, COALESCE(s.capacity, r.capacity), 0, 0
  FROM slot_run_restaurant r
  JOIN slot_run_staged_slot s ON s.run_id = r.run_id AND s.week = r.week
  WHERE r.run_id = ? AND r.ordinal BETWEEN ? AND ?`;
const IN_DATES_AND_TIMES = ` AND s.date BETWEEN ? AND ? AND s.time BETWEEN ? AND ?`;

const stageRowsPerInsert = 2_000;

/**
 * Stages the distinct weeks in a table, then runs `INSERT … SELECT` on the server. No slot row crosses the network.
 */
export const serverSide: InsertStrategy = {
  name: 'server-side',
  buildsRowsOn: 'server',
  rowsPerChunk: 48_000,
  prepare: stageWeeks,
  async insertBox(tx, box, context) {
    const { sql, values } = insertSelect(box, context);
    // When a parent is missing, the server must refuse single rows, so its own check stays on.
    const parentsLocked = context.onlyParentIsRestaurant && (await lockParents(tx, box, context));
    const { flavour } = context.database.server;
    const result = await tx.execute(parentsLocked ? withoutForeignKeyChecks(flavour, sql) : sql, values);
    return result.affectedRows;
  },
  async finish({ database, runId }) {
    await repeatableTransaction(database, (tx) => tx.execute(CLEAR_STAGE, [runId]));
  },
};

/** The INSERT for a box. When the box holds whole restaurants, it needs no filter by date and time. */
function insertSelect(box: PlanBox, { plan, runId }: InsertContext): { sql: string; values: SqlValue[] } {
  const whole = wholePlan(plan);
  const dates = [box.fromDate, box.toDate, box.fromTime, box.toTime];
  const isWhole = dates.join() === [whole.fromDate, whole.toDate, whole.fromTime, whole.toTime].join();
  const filter = isWhole ? '' : IN_DATES_AND_TIMES;
  const values = [runId, box.start, box.end - 1, ...(isWhole ? [] : dates)];
  return { sql: `${INSERT_SELECT}${filter} ${KEEP_EXISTING}`, values };
}

async function stageWeeks({ database, plan, runId }: InsertContext): Promise<void> {
  const leftOver = await database.query<{ runId: number }>(FIND_LEFT_OVER);
  await repeatableTransaction(database, async (tx) => {
    for (const over of [...leftOver, { runId }]) await tx.execute(CLEAR_STAGE, [over.runId]);
    let rows: SqlValue[][] = [];
    for (const row of stagedRows(plan, runId)) {
      rows.push(row);
      if (rows.length === stageRowsPerInsert) {
        await insertStaged(tx, rows);
        rows = [];
      }
    }
    if (rows.length > 0) await insertStaged(tx, rows);
  });
}

async function insertStaged(tx: Transaction, rows: SqlValue[][]): Promise<void> {
  await tx.execute(STAGE_HEAD + rows.map(() => '(?,?,?,?,?)').join(','), rows.flat());
}

function* stagedRows(plan: SlotPlan, runId: number): Generator<SqlValue[]> {
  for (const [week, hours] of plan.weeks.entries()) {
    for (const date of datesOf(plan.range)) {
      for (const slot of slotsOfWeekOn(hours, date, plan.overnight)) {
        yield [runId, week, date, slot.time, slot.capacity];
      }
    }
  }
}
