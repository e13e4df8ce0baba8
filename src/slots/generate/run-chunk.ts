import type { Transaction } from '../../database/database.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import type { RetryEvent } from '../../retry.js';
import { insertWithHalving } from './insert-with-halving.js';
import {
  countPlanned,
  dropOpenCheckpoint,
  findIdBounds,
  keyText,
  openCheckpoint,
  readExistingKeys,
  readFinalCheckpoint,
  recordExisting,
  recordFailures,
  repeatableTransaction,
  writeCheckpoint,
} from '../checkpoints/index.js';
import type { ChunkCounts, ChunkOfRun, FailedRow } from '../checkpoints/index.js';
import { planRows } from '../plan/index.js';
import type { PlanBox } from '../plan/index.js';
import { unfit } from '../runs/index.js';
import { takenOver } from '../ownership/index.js';
import type { OpenRun } from './open-run.js';

/** A chunk to insert, and its callbacks. */
export interface ChunkToInsert extends ChunkOfRun {
  run: OpenRun;
  signal: AbortSignal | undefined;
  onRetry(event: RetryEvent): void;
  onFailedRow(row: FailedRow): void;
  /** Called when another worker had done the chunk. Only in a shared run. */
  onDoneBefore?(): void;
}

/**
 * Inserts one chunk and writes its checkpoint, in the same transaction. After a conflict or a lost connection, the
 * whole transaction is retried. When the answer to a COMMIT is lost, the checkpoint shows whether it was applied.
 *
 * @throws `RUN_TAKEN_OVER` when another owner has the run; the transaction is rolled back.
 */
export async function runChunk(of: ChunkToInsert): Promise<ChunkCounts> {
  const { run, signal, onRetry } = of;
  let refused: FailedRow[] = [];
  const insert = async (tx: Transaction): Promise<ChunkCounts> => {
    const { failures, ...inserted } = await insertUnlessDone(tx, of);
    refused = failures;
    return inserted;
  };
  const attempt = (): Promise<ChunkCounts> =>
    run.database.transaction(insert, { retry: false, signal }).catch((error: unknown) => {
      if (!isTablepickError(error, 'COMMIT_UNKNOWN')) throw error;
      return resolveUnknownCommit(of, error);
    });
  const counts = await retryTransient(attempt, { budgets: run.retry, signal, onRetry });
  // Reported after the COMMIT, because a repeated attempt would report them twice.
  for (const row of refused) of.onFailedRow(row);
  return counts;
}

interface InsertedChunk extends ChunkCounts {
  failures: FailedRow[];
}

async function insertUnlessDone(tx: Transaction, of: ChunkToInsert): Promise<InsertedChunk> {
  const { run, chunk, box } = of;
  await run.owner.register(tx);
  if (!run.isShared) return insertWithCheckpoint(tx, of);
  const { runId, owner } = run;
  const done = await openCheckpoint(tx, { runId, chunk, start: box.start, end: box.end, epoch: owner.epoch });
  if (done === undefined) return insertWithCheckpoint(tx, of);
  of.onDoneBefore?.();
  const { inserted, existing, failed } = done;
  return { inserted, existing, failed, failures: [] };
}

async function insertWithCheckpoint(tx: Transaction, of: ChunkToInsert): Promise<InsertedChunk> {
  const { run, chunk, box } = of;
  const recorded = await recordExisting(tx, of);
  const insert = (part: PlanBox): Promise<number> => insertAtomically(tx, run, part);
  const outcome = await insertWithHalving(box, { plan: run.plan, insert });
  const planned = planRows(run.plan, box);
  const { inserted } = outcome;
  const before = recorded > 0 ? await readExistingKeys(tx, of) : new Set<string>();
  // A trigger before INSERT may also refuse a slot that exists. Such a slot counts as existing, not as failed.
  const failures = outcome.failures.filter((row) => !before.has(keyText(row)));
  const counts = { inserted, existing: planned - inserted - failures.length, failed: failures.length };
  checkExisting(of, before, counts.existing);
  await recordFailures(tx, of, failures);
  const ids = await findIdBounds(tx, of, { inserted, clean: inserted === planned });
  const { runId, owner } = run;
  const { start, end } = box;
  if (run.isShared) await dropOpenCheckpoint(tx, runId, chunk);
  const checkpoint = { runId, chunk, start, end, planned, ...counts, ...ids, epoch: owner.epoch };
  if (!(await writeCheckpoint(tx, checkpoint))) throw takenOver(runId);
  return { ...counts, failures };
}

/** When the server refuses a row, the rows of the box before it are rolled back. */
async function insertAtomically(tx: Transaction, run: OpenRun, box: PlanBox): Promise<number> {
  await tx.execute('SAVEPOINT before_box');
  try {
    return await run.strategy.insertBox(tx, box, run);
  } catch (error) {
    if (isTablepickError(error, 'BAD_ROW')) await tx.execute('ROLLBACK TO SAVEPOINT before_box');
    throw error;
  }
}

/**
 * When somebody inserts planned slots between our read and our insert, the counts would be wrong. Then the chunk starts
 * again.
 */
function checkExisting(of: ChunkToInsert, before: ReadonlySet<string>, existing: number): void {
  const name = `chunk ${of.chunk} of run ${of.run.runId}`;
  if (existing < 0) {
    throw unfit(
      `${name}: the server says it inserted more slots than it was given`,
      'look at the triggers of the slot table',
    );
  }
  const explained = countPlanned(of, before);
  if (explained === existing) return;
  const message = `${name}: its slots changed under way (${existing} exist, ${explained} did at its start)`;
  const hint = 'when it says so again: look at the triggers of the slot table, and whether its ids are used up';
  throw new TablepickError('CONFLICT', message, { retriable: true, hint });
}

async function resolveUnknownCommit(
  { run, chunk, signal }: ChunkToInsert,
  unknown: TablepickError,
): Promise<ChunkCounts> {
  const { database, runId, retry } = run;
  const read = (tx: Transaction): Promise<ChunkCounts | undefined> => readFinalCheckpoint(tx, runId, chunk);
  const committed = await repeatableTransaction(database, read, { retry, signal });
  if (committed) return committed;
  throw new TablepickError('CONNECTION_LOST', `chunk ${chunk}: the COMMIT did not reach the server`, {
    retriable: true,
    hint: 'see whether the server is up, then run the same command again',
    cause: unknown,
  });
}
