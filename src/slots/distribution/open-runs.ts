import type { Database } from '../../database/database.js';
import { isTablepickError } from '../../errors.js';
import type { RetryBudgets } from '../../retry.js';
import { readCheckpoints } from '../checkpoints/index.js';
import { cutAsBefore, openRun } from '../generate/index.js';
import type { OpenRun } from '../generate/index.js';
import { RunPresence } from '../ownership/index.js';
import { checkSlotTable, holdsRowsOf, isSameTable, readPlan, readTableIdentity, tableChanged } from '../runs/index.js';
import type { RunRecord } from '../runs/index.js';
import type { ChunkTask } from './chunk-task.js';

/** A run that a worker has open. */
export interface WorkerRun extends OpenRun {
  owner: RunPresence;
}

/** Settings of {@link OpenRuns}. */
export interface OpenRunsOptions {
  database: Database;
  workers: number;
  leaseMs: number;
  retry: RetryBudgets | undefined;
}

interface Entry {
  opened: Promise<WorkerRun>;
  users: number;
}

/** Idle runs that stay open. When their chunks come again, they need not be read again. */
const idleRunsKept = 2;

/** The open runs of a worker. Each is read and checked once, with its first chunk. */
export class OpenRuns {
  readonly #options: OpenRunsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: OpenRunsOptions) {
    this.#options = options;
  }

  /**
   * Opens the run of a chunk, or takes an open one, and calls `work` with it.
   *
   * @throws `TABLE_CHANGED`, `TABLE_UNFIT`, `RULES_CHANGED` as refusals of the whole run; what `work` throws.
   */
  async borrow<T>(run: RunRecord, task: ChunkTask, work: (open: WorkerRun) => Promise<T>): Promise<T> {
    const name = `${task.runId} ${task.epoch} ${task.strategy} ${task.batchRows}`;
    const entry = this.#entries.get(name) ?? { opened: openForWorker(this.#options, run, task), users: 0 };
    this.#entries.set(name, entry);
    entry.users += 1;
    try {
      const open = await entry.opened.catch((error: unknown) => {
        if (this.#entries.get(name) === entry) this.#entries.delete(name);
        throw error;
      });
      await open.owner.enter();
      return await work(open).finally(() => open.owner.leave());
    } finally {
      entry.users -= 1;
      await this.#closeIdle(idleRunsKept);
    }
  }

  /** Closes all runs. No run may be in use. */
  async close(): Promise<void> {
    await this.#closeIdle(0);
  }

  async #closeIdle(kept: number): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [name, { opened }] of idle.slice(0, Math.max(0, idle.length - kept))) {
      this.#entries.delete(name);
      const { owner, builders } = await opened;
      await Promise.all([owner.close(), builders.close()]);
    }
  }
}

async function openForWorker(options: OpenRunsOptions, run: RunRecord, task: ChunkTask): Promise<WorkerRun> {
  const { database, workers, leaseMs, retry } = options;
  const { runId, epoch, strategy, batchRows } = task;
  await checkTable(database, run);
  const plan = await readPlan(database, run);
  const chunks = cutAsBefore(plan, run, await readCheckpoints(database, runId));
  const owner = new RunPresence({ database, runId, epoch, role: 'worker', leaseMs });
  try {
    const open = await openRun({
      database,
      run,
      plan,
      chunks,
      strategy,
      owner,
      isShared: true,
      batchRows,
      connections: workers,
      retry,
    });
    return { ...open, owner };
  } catch (error) {
    await owner.close();
    throw error;
  }
}

async function checkTable(database: Database, run: RunRecord): Promise<void> {
  const now = await readTableIdentity(database).catch((error: unknown) => {
    if (isTablepickError(error, 'MISSING_TABLE')) throw tableChanged(run.runId);
    throw error;
  });
  await checkSlotTable(database);
  if (!isSameTable(run.tableIdentity, now) || !(await holdsRowsOf(database, run.runId))) throw tableChanged(run.runId);
}
