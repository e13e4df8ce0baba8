import type { Database } from '../../database/database.js';
import { isTablepickError } from '../../errors.js';
import { RowBuilders, insertStrategies, onlyParentIsRestaurant } from '../inserts/index.js';
import type { InsertContext, InsertStrategy } from '../inserts/index.js';
import type { PlanBox } from '../plan/index.js';
import {
  checkCut,
  checkSlotTable,
  holdsRowsOf,
  isSameTable,
  readPlan,
  readTableIdentity,
  tableChanged,
} from '../runs/index.js';
import type { RunRecord } from '../runs/index.js';
import { readCheckpoints } from '../checkpoints/index.js';
import { RunPresence } from '../ownership/index.js';
import { chunksOf } from '../generate/index.js';
import type { ChunkTask } from './chunk-task.js';

/** A run that a worker does chunks of: what they all need. */
export interface OpenRun {
  run: RunRecord;
  boxes: readonly PlanBox[];
  strategy: InsertStrategy;
  context: InsertContext;
  presence: RunPresence;
}

/** Settings of {@link OpenRuns}. */
export interface OpenRunsOptions {
  database: Database;
  workers: number;
  leaseMs: number;
}

interface Entry {
  opened: Promise<OpenRun>;
  users: number;
}

/** A run whose chunks come again soon need not be read again. */
const idleRunsKept = 2;

/** The runs a worker is at: each is read and checked once, with its first chunk. */
export class OpenRuns {
  readonly #options: OpenRunsOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: OpenRunsOptions) {
    this.#options = options;
  }

  /**
   * Lends the run of a chunk to `work`.
   *
   * @throws `TABLE_CHANGED`, `TABLE_UNFIT`, `RULES_CHANGED` as refusals of the whole run; what `work` throws.
   */
  async lend<T>(run: RunRecord, task: ChunkTask, work: (open: OpenRun) => Promise<T>): Promise<T> {
    const name = `${task.runId} ${task.epoch} ${task.strategy} ${task.batchRows}`;
    const entry = this.#entries.get(name) ?? { opened: openRun(this.#options, run, task), users: 0 };
    this.#entries.set(name, entry);
    entry.users += 1;
    try {
      const open = await entry.opened.catch((error: unknown) => {
        if (this.#entries.get(name) === entry) this.#entries.delete(name);
        throw error;
      });
      await open.presence.enter();
      return await work(open).finally(() => open.presence.leave());
    } finally {
      entry.users -= 1;
      await this.#closeIdle(idleRunsKept);
    }
  }

  /** Closes all; nobody may be at one. */
  async close(): Promise<void> {
    await this.#closeIdle(0);
  }

  async #closeIdle(kept: number): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [name, { opened }] of idle.slice(0, Math.max(0, idle.length - kept))) {
      this.#entries.delete(name);
      const { presence, context } = await opened;
      await Promise.all([presence.close(), context.builders.close()]);
    }
  }
}

async function openRun(options: OpenRunsOptions, run: RunRecord, task: ChunkTask): Promise<OpenRun> {
  const { database, workers, leaseMs } = options;
  const { runId, epoch } = task;
  await checkTable(database, run);
  const plan = await readPlan(database, run);
  const boxes = chunksOf(plan, run);
  checkCut(runId, boxes, await readCheckpoints(database, runId));
  const parents = await onlyParentIsRestaurant(database);
  const context = { database, plan, runId, batchRows: task.batchRows, onlyParentIsRestaurant: parents };
  return {
    ...{ run, boxes, strategy: insertStrategies[task.strategy] },
    context: { ...context, builders: new RowBuilders(plan, workers) },
    presence: new RunPresence({ database, runId, epoch, role: 'worker', leaseMs }),
  };
}

async function checkTable(database: Database, run: RunRecord): Promise<void> {
  const now = await readTableIdentity(database).catch((error: unknown) => {
    if (isTablepickError(error, 'MISSING_TABLE')) throw tableChanged(run.runId);
    throw error;
  });
  await checkSlotTable(database);
  if (!isSameTable(run.tableIdentity, now) || !(await holdsRowsOf(database, run.runId))) throw tableChanged(run.runId);
}
