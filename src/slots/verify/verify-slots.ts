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
  /** Most keys listed of each kind. Default 100. */
  listLimit?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Told after each part how many planned rows have been looked at. */
  onProgress?: ((rowsChecked: number) => void) | undefined;
}

const rowsPerPart = 48_000;

/**
 * Holds the slot table against the plan: within the plan's dates and restaurants, exactly the planned keys must be
 * there, each once. Counts and checksums are made where the rows are; only a part that differs is read key by key.
 * Reads only: on the writer, or on the replica that the handle was opened on.
 *
 * A part with a missing, added or altered key is always seen. CRC-32 is linear over XOR, so two keys that have
 * exchanged a coordinate pass unseen in about one of 100,000 cases; the unique key's own rows never do that by
 * themselves.
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

/** A part of the plan that is to be looked at. */
interface BoxToCheck {
  database: Database;
  plan: SlotPlan;
  box: PlanBox;
  signal: AbortSignal | undefined;
}

/** Slots of a part, as they are in the table. */
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
  const answer = read((tx) => tx.query<Part>(database.sql(statement), condition.values));
  const expected = boxChecksum(plan, box);
  const [found] = await answer;
  const same = found?.present === expected.rows && BigInt(found.checksum) === BigInt(expected.checksum);
  return {
    rows: expected.rows,
    difference: same ? undefined : await read((reader) => diffKeys({ reader, database }, plan, box)),
  };
}

/** Adds up what the parts say. */
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
