import type { Database, Transaction } from '../../database/database.js';
import { TablepickError, isTablepickError } from '../../errors.js';
import { retryTransient } from '../../retry.js';
import type { RetryBudgets, RetryEvent } from '../../retry.js';
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
import type { InsertContext, InsertStrategy } from '../inserts/index.js';
import { planRows } from '../plan/index.js';
import type { PlanBox } from '../plan/index.js';
import { unfit } from '../runs/index.js';
import { takenOver } from '../ownership/index.js';
import type { RunOwnership } from '../ownership/index.js';

/** By whose right a chunk is written. */
export type ChunkOwner = Pick<RunOwnership, 'epoch' | 'register'>;

/** What every chunk of a run shares. */
export interface ChunkRunner {
  database: Database;
  strategy: InsertStrategy;
  context: InsertContext;
  ownership: ChunkOwner;
  /** Set where others may be given the same chunk at the same time. */
  shared?: { onDoneBefore(chunk: number): void } | undefined;
  retry: RetryBudgets;
  signal: AbortSignal | undefined;
  onRetry(chunk: number, event: RetryEvent): void;
  onFailedRow(chunk: number, row: FailedRow): void;
}

/**
 * Inserts one chunk and writes its checkpoint in the same transaction: both are there or neither. Conflicts and lost connections are
 * retried as a whole; a COMMIT whose answer was lost is decided by reading the checkpoint.
 *
 * @throws `RUN_TAKEN_OVER` when another owner has the run; the transaction is rolled back.
 */
export async function runChunk(runner: ChunkRunner, chunk: number, box: PlanBox): Promise<ChunkCounts> {
  const of: ChunkOfRun = { ...runner.context, chunk, box };
  const onRetry = (event: RetryEvent): void => runner.onRetry(chunk, event);
  const budgets = { budgets: runner.retry, signal: runner.signal, onRetry };
  let refused: FailedRow[] = [];
  const counts = await retryTransient(async () => {
    try {
      const options = { retry: false as const, signal: runner.signal };
      return await runner.database.transaction(async (tx) => {
        const { failures, ...inserted } = await insertUnlessDone(tx, runner, of);
        refused = failures;
        return inserted;
      }, options);
    } catch (error) {
      if (!isTablepickError(error, 'COMMIT_UNKNOWN')) throw error;
      return resolveUnknownCommit(runner, of, error);
    }
  }, budgets);
  // Told once it is committed: an attempt that is repeated would tell them twice.
  for (const row of refused) runner.onFailedRow(chunk, row);
  return counts;
}

async function insertUnlessDone(
  tx: Transaction,
  runner: ChunkRunner,
  of: ChunkOfRun,
): Promise<ChunkCounts & { failures: FailedRow[] }> {
  const { ownership, shared } = runner;
  await ownership.register(tx);
  if (shared === undefined) return insertWithCheckpoint(tx, runner, of);
  const done = await openCheckpoint(tx, { ...of, ...of.box, epoch: ownership.epoch });
  if (done === undefined) return insertWithCheckpoint(tx, runner, of);
  shared.onDoneBefore(of.chunk);
  const { inserted, existing, failed } = done;
  return { inserted, existing, failed, failures: [] };
}

async function insertWithCheckpoint(
  tx: Transaction,
  runner: ChunkRunner,
  of: ChunkOfRun,
): Promise<ChunkCounts & { failures: FailedRow[] }> {
  const recorded = await recordExisting(tx, of);
  const outcome = await insertWithHalving(tx, runner.strategy, { box: of.box, context: runner.context });
  const planned = planRows(of.plan, of.box);
  const { inserted } = outcome;
  const before = recorded > 0 ? await readExistingKeys(tx, of) : new Set<string>();
  // A trigger before INSERT refuses a slot also when it exists: that one is existing, not failed.
  const failures = outcome.failures.filter((row) => !before.has(keyText(row)));
  const counts = { inserted, existing: planned - inserted - failures.length, failed: failures.length };
  checkExisting(of, before, counts.existing);
  await recordFailures(tx, of, failures);
  const ids = await findIdBounds(tx, of, { inserted, clean: inserted === planned });
  const { start, end } = of.box;
  const { epoch } = runner.ownership;
  const checkpoint = { runId: of.runId, chunk: of.chunk, start, end, planned, ...counts, ...ids, epoch };
  if (runner.shared !== undefined) await dropOpenCheckpoint(tx, of.runId, of.chunk);
  if (!(await writeCheckpoint(tx, checkpoint))) throw takenOver(of.runId);
  return { ...counts, failures };
}

/** Somebody who inserts planned slots between our look and our insert would be taken for ours: then the chunk begins again. */
function checkExisting(of: ChunkOfRun, before: ReadonlySet<string>, existing: number): void {
  if (existing < 0) {
    throw unfit(
      `chunk ${of.chunk} of run ${of.runId}: the server says it inserted more slots than it was given`,
      'look at the triggers of the slot table',
    );
  }
  const explained = countPlanned(of, before);
  if (explained === existing) return;
  const message = `chunk ${of.chunk} of run ${of.runId}: its slots changed under way (${existing} exist, ${explained} did at its start)`;
  const hint = 'when it says so again: look at the triggers of the slot table, and whether its ids are used up';
  throw new TablepickError('CONFLICT', message, { retriable: true, hint });
}

async function resolveUnknownCommit(
  runner: ChunkRunner,
  of: ChunkOfRun,
  unknown: TablepickError,
): Promise<ChunkCounts> {
  const { database, retry, signal } = runner;
  const read = (tx: Transaction): Promise<ChunkCounts | undefined> => readFinalCheckpoint(tx, of.runId, of.chunk);
  const committed = await repeatableTransaction(database, read, { retry, signal });
  if (committed) return committed;
  throw new TablepickError('CONNECTION_LOST', `chunk ${of.chunk}: the COMMIT did not reach the server`, {
    retriable: true,
    hint: 'see whether the server is up, then run the same command again',
    cause: unknown,
  });
}
