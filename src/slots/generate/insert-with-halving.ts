import { mysqlErrno } from '../../database/mysql-errors.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import type { FailedRow } from '../checkpoints/index.js';
import { planRows, plannedSlots, splitBox } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';

/** A plan, and a function that inserts its boxes. */
export interface BoxInserter {
  plan: SlotPlan;
  /**
   * Inserts a box and returns the number of its inserted rows. When the server refuses a row, it undoes the whole box
   * and throws `BAD_ROW`.
   */
  insert(box: PlanBox): Promise<number>;
}

/** The result of inserting a box. */
export interface BoxOutcome {
  inserted: number;
  failures: FailedRow[];
}

/** This number of refused rows is accepted for a chunk of any size. */
const failedRowsAlwaysTaken = 1_000;

/**
 * The larger of 1,000 and half of the chunk's rows. More refused rows mean a wrong table, not bad rows: the run stops.
 */
function failedRowsAtMost(chunkRows: number): number {
  return Math.max(failedRowsAlwaysTaken, Math.floor(chunkRows / 2));
}

/**
 * Inserts a box. When the server refuses a row, the box is halved again and again, until each refused row is alone. All
 * other rows are inserted, and the refused rows are returned. All of it happens in the caller's transaction.
 *
 * @throws `BAD_ROW` when more rows are refused than {@link failedRowsAtMost} of the box.
 */
export async function insertWithHalving(box: PlanBox, { plan, insert }: BoxInserter): Promise<BoxOutcome> {
  const outcome: BoxOutcome = { inserted: 0, failures: [] };
  const most = failedRowsAtMost(planRows(plan, box));
  const pending = [box];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    try {
      outcome.inserted += await insert(next);
    } catch (error) {
      if (!isTablepickError(error, 'BAD_ROW')) throw error;
      const halves = splitBox(plan, next);
      if (halves) pending.push(halves[1], halves[0]);
      else addFailure(outcome, failedRow(plan, next, error), most);
    }
  }
  return outcome;
}

function failedRow(plan: SlotPlan, box: PlanBox, error: TablepickError): FailedRow {
  for (const { restaurantId, date, time } of plannedSlots(plan, box)) {
    return { restaurantId, date, time, errno: mysqlErrno(error) ?? null, message: error.message };
  }
  throw error;
}

function addFailure(outcome: BoxOutcome, row: FailedRow, most: number): void {
  outcome.failures.push(row);
  if (outcome.failures.length <= most) return;
  const message = `the server refuses more than ${most} rows of one chunk, the last with: ${row.message}`;
  throw new TablepickError('BAD_ROW', message, {
    hint: 'repair what refuses them, then run the same command again, with --restart if that altered the table or the rules',
  });
}
