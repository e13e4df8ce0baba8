import { readAsWriter } from '../../database/read-as-writer.js';
import { requireFit } from '../../database/fit/require-fit.js';
import type { Database, Transaction } from '../../database/index.js';
import { TablepickError } from '../../errors.js';
import { inParallel } from '../../in-parallel.js';
import { diffKeys } from './diff-keys.js';
import type { KeyDifference } from './diff-keys.js';
import type { VerifyReport } from '../generation.js';

import { boxChecksum, chunkPlan } from '../plan/index.js';
import type { PlanBox, SlotPlan } from '../plan/index.js';
import { boxCondition } from '../checkpoints/index.js';

/** Settings of {@link verifySlots}. */
export interface VerifyOptions {
  /** Connections that read at once, 1 or more. Default 2. */
  workers?: number | undefined;
  /** Maximum number of listed keys of each kind. Default 100. */
  listLimit?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called after each part, with the number of planned rows checked so far. */
  onProgress?: ((rowsChecked: number) => void) | undefined;
}

const rowsPerPart = 48_000;

/**
 * Compares the slot table with the plan. Within the plan's dates and restaurants, exactly the planned keys must exist,
 * each once. The server computes counts and checksums. When a part differs, its keys are read. Verify only reads: on
 * the writer, or on the replica that the handle was opened on.
 *
 * A part with a missing, added or altered key is always found. CRC-32 is linear over XOR: when two keys exchange a
 * coordinate, about one of 100,000 cases is not found. Rows never do that by themselves.
 *
 * @throws `TABLE_UNFIT`, `MISSING_TABLE`; `ABORTED` when `signal` fires; the first failure of the server, after the
 * parts under way have ended.
 * @example
 * const { ok, missingKeys } = await verifySlots(database, plan);
 */
export async function verifySlots(
  database: Database,
  plan: SlotPlan,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const startedAt = performance.now();
  await requireFit(database, { tables: ['slot'] });
  const found = new Findings(options.listLimit ?? 100);
  let rowsChecked = 0;
  const look = async (box: PlanBox): Promise<void> => {
    if (options.signal?.aborted) throw new TablepickError('ABORTED', 'stopped while verifying');
    const { rows, difference } = await checkBox({ database, plan, box, signal: options.signal });
    found.add(rows, difference);
    rowsChecked += rows;
    options.onProgress?.(rowsChecked);
  };
  await inParallel(chunkPlan(plan, rowsPerPart), { concurrency: options.workers ?? 2 }, look);
  return found.report((performance.now() - startedAt) / 1000);
}

/** A part of the plan to check. */
interface BoxToCheck {
  database: Database;
  plan: SlotPlan;
  box: PlanBox;
  signal: AbortSignal | undefined;
}

/** The stored slots of a part. */
interface Part {
  present: number;
  checksum: string;
}

async function checkBox({
  database,
  plan,
  box,
  signal,
}: BoxToCheck): Promise<{ rows: number; difference: KeyDifference | undefined }> {
  const condition = boxCondition(plan, box);
  const statement = `
    SELECT COUNT(*) AS present,
      COALESCE(SUM(CRC32(CONCAT({slot.restaurantId}, '|', {slot.date}, '|', {slot.time}))), 0) AS checksum
    FROM {slot} WHERE ${condition.sql}`;
  const read = <T>(run: (tx: Transaction) => Promise<T>) => readAsWriter(database, run, { readsOnly: true, signal });
  const answer = read((tx) => tx.query<Part>(statement, condition.values));
  const expected = boxChecksum(plan, box);
  const [found] = await answer;
  const same = found?.present === expected.rows && BigInt(found.checksum) === BigInt(expected.checksum);
  return {
    rows: expected.rows,
    difference: same ? undefined : await read((reader) => diffKeys(reader, plan, box)),
  };
}

/** Adds up the results of the parts. */
class Findings {
  readonly #listLimit: number;
  readonly #report = { planned: 0, present: 0, distinct: 0, missing: 0, unexpected: 0 };
  readonly #missingKeys: VerifyReport['missingKeys'] = [];
  readonly #unexpectedKeys: VerifyReport['unexpectedKeys'] = [];

  constructor(listLimit: number) {
    this.#listLimit = listLimit;
  }

  add(planned: number, difference: KeyDifference | undefined): void {
    const report = this.#report;
    const { missing = [], unexpected = [], present = planned, distinct = planned } = difference ?? {};
    report.planned += planned;
    report.present += present;
    report.distinct += distinct;
    report.missing += missing.length;
    report.unexpected += unexpected.length;
    this.#missingKeys.push(...missing.slice(0, this.#listLimit - this.#missingKeys.length));
    this.#unexpectedKeys.push(...unexpected.slice(0, this.#listLimit - this.#unexpectedKeys.length));
  }

  report(seconds: number): VerifyReport {
    const { planned, present, distinct, missing, unexpected } = this.#report;
    const ok = missing === 0 && unexpected === 0 && planned === present && planned === distinct;
    return { ok, ...this.#report, missingKeys: this.#missingKeys, unexpectedKeys: this.#unexpectedKeys, seconds };
  }
}
