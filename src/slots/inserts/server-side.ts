import type { SqlValue, Transaction } from '../../database/database.js';
import { datesOf } from '../calendar.js';
import type { SlotPlan } from '../plan.js';
import { repeatableTransaction } from '../runs/repeatable-transaction.js';
import { slotsOfWeekOn } from '../week-slots.js';
import { INSERT_SLOT, KEEP_EXISTING } from './insert-sql.js';
import type { InsertContext, InsertStrategy } from './insert-strategy.js';

const CLEAR_STAGE = `DELETE FROM slot_run_staged_slot WHERE run_id = ?`;
const STAGE_HEAD = `INSERT INTO slot_run_staged_slot (run_id, week, date, time, capacity) VALUES `;

// Walks slot_run_restaurant by its primary key (run_id, ordinal) and for each row the staged week by (run_id, week, date, time):
// so rows arrive in the order of the slot table's unique key. READ COMMITTED: the staged rows are read without locks.
const INSERT_SELECT = `
  ${INSERT_SLOT}
  SELECT STRAIGHT_JOIN r.restaurant_id, s.date, s.time, COALESCE(s.capacity, r.capacity)
  FROM slot_run_restaurant r
  JOIN slot_run_staged_slot s ON s.run_id = r.run_id AND s.week = r.week
  WHERE r.run_id = ? AND r.ordinal BETWEEN ? AND ? AND s.date BETWEEN ? AND ? AND s.time BETWEEN ? AND ?
  ${KEEP_EXISTING}`;

const stageRowsPerInsert = 2_000;

/** The distinct weeks staged in a table, then `INSERT … SELECT` on the server: no row crosses the wire. */
export const serverSide: InsertStrategy = {
  name: 'server-side',
  buildsRowsOn: 'server',
  rowsPerChunk: 48_000,
  prepare: stageWeeks,
  async insertBox(tx, box, { database, runId }) {
    const bounds = [box.start, box.end - 1, box.fromDate, box.toDate, box.fromTime, box.toTime];
    const result = await tx.execute(database.sql(INSERT_SELECT), [runId, ...bounds]);
    return result.affectedRows;
  },
  async finish({ database, runId }) {
    await repeatableTransaction(database, (tx) => tx.execute(CLEAR_STAGE, [runId]));
  },
};

async function stageWeeks({ database, plan, runId }: InsertContext): Promise<void> {
  await repeatableTransaction(database, async (tx) => {
    await tx.execute(CLEAR_STAGE, [runId]);
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
