import type { Database } from '../database/database.js';
import type { RetryBudgets } from '../retry.js';
import type { OvernightRule, RestaurantRules, SlotRange } from './plan/index.js';

/** The ways of inserting slots, as the user types them, slowest first. */
export const insertStrategyNames = ['identity', 'prepared', 'batch', 'load-data', 'server-side'] as const;

/** Name of a way of inserting slots. */
export type InsertStrategyName = (typeof insertStrategyNames)[number];

/** How a new or resumed run inserts its chunks. */
export interface RunSettings {
  database: Database;
  /** Connections that insert at once, 1 or more. Default `auto`: from the server's cores and limits. */
  workers?: number | 'auto' | undefined;
  /** Rows of one multi-row INSERT, 1 or more. Default 3000. When the server's packet limit is too small, fewer. */
  batchRows?: number | undefined;
  /** Prove the result at the end. Default true. */
  verify?: boolean | undefined;
  retry?: RetryBudgets | undefined;
  /**
   * When the owner of a run stops answering, it keeps the run for this time, in milliseconds. Default 15,000. When the
   * owner's process is dead, its run is free at once.
   */
  leaseMs?: number | undefined;
  /** Stops the run after the chunks in progress. The run can be resumed. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: GenerateEvent) => void) | undefined;
}

/** Settings of `generateSlots`. */
export interface GenerateSlotsOptions extends RunSettings {
  /** Opening hours, each restaurant once, in any order. Read to the end before the first row is written. */
  rules: AsyncIterable<RestaurantRules> | Iterable<RestaurantRules>;
  range: SlotRange;
  /** Default `next-day`. */
  overnight?: OvernightRule | undefined;
  /**
   * The name of the restaurants in `rules`. A run is found again by server, table, range and selection. Default `all`.
   * Give another name when several runs share a range, e.g. `1-500` and `501-1000`.
   */
  selection?: string | undefined;
  /** Default `auto`: the fastest the server allows. */
  strategy?: InsertStrategyName | 'auto' | undefined;
  /**
   * Rows of one chunk, 1 or more. Each chunk is one transaction. A restaurant is never cut. Default: the strategy's
   * number. A resumed run keeps its chunks.
   */
  chunkRows?: number | undefined;
  /** Start a new run, also when a run of the same identity exists. Default false: resume an unfinished run. */
  restart?: boolean | undefined;
}

/** An event of a running generation. */
export type GenerateEvent =
  | { kind: 'strategy'; strategy: InsertStrategyName; reason: string; workers: number }
  | { kind: 'started'; runId: number; planned: number; chunks: number }
  | { kind: 'resumed'; runId: number; planned: number; chunks: number; chunksDone: number; rowsDone: number }
  | { kind: 'chunk-started'; worker: number; chunk: number; rows: number }
  | {
      kind: 'chunk-done';
      worker: number;
      chunk: number;
      rows: number;
      inserted: number;
      existing: number;
      failed: number;
    }
  | { kind: 'retry'; worker: number; chunk: number; code: string; message: string; attempt: number; waitMs: number }
  | { kind: 'row-failed'; chunk: number; restaurantId: number; date: string; time: string; message: string }
  | { kind: 'verifying'; rowsChecked: number; planned: number }
  | { kind: 'verified'; report: VerifyReport };

/** How a generation ended. */
export interface GenerateResult {
  runId: number;
  /** `stopped`: by its signal. `finished`: all chunks are done; some rows may have failed. */
  state: 'finished' | 'stopped';
  strategy: InsertStrategyName;
  workers: number;
  /** Slots of the plan. */
  planned: number;
  /** Slots that this run inserted, in all its sessions. */
  inserted: number;
  /** Slots of the plan that existed before. */
  existing: number;
  /** Slots that the server refused. Each is recorded in `slot_run_failure`. */
  failed: number;
  /** Wall time of the inserts of this session, without verify. */
  seconds: number;
  /** Rows that this session inserted or found, divided by `seconds`. */
  rowsPerSecond: number;
  /** Chunks done by this session. */
  chunks: number;
  retries: number;
  deadlocks: number;
  /** Null when verify was off or the run stopped. */
  verified: boolean | null;
  verifySeconds: number | null;
}

/** A slot key in text: restaurant, date, time. */
export interface SlotKey {
  restaurantId: number;
  /** `YYYY-MM-DD` */
  date: string;
  /** `HH:MM`. When the stored time has seconds, `HH:MM:SS`. */
  time: string;
}

/** The planned slots compared with the stored slots, key by key. */
export interface VerifyReport {
  ok: boolean;
  planned: number;
  present: number;
  distinct: number;
  missing: number;
  unexpected: number;
  /** The first keys, at most `listLimit`. */
  missingKeys: SlotKey[];
  unexpectedKeys: SlotKey[];
  seconds: number;
}

/** State of a run, as stored in `slot_run.state`. */
export type RunState = 'running' | 'finished' | 'abandoned' | 'rolling-back' | 'rolled-back';

/** One run, as `runs list` and `runs show` print it. */
export interface RunSummary {
  runId: number;
  state: RunState;
  strategy: InsertStrategyName;
  range: SlotRange;
  restaurants: number;
  planned: number;
  inserted: number;
  existing: number;
  failed: number;
  chunks: number;
  chunksDone: number;
  /**
   * True while a session holds the run's lock. For a distributed run: true while the lease of a worker or follower has
   * not passed.
   */
  active: boolean;
  /** True when the run's chunks are, or were, sent to workers. */
  distributed: boolean;
  startedAt: Date;
  finishedAt: Date | null;
}

/** The slots that a rollback removed, in all its sessions. With `dryRun`: the slots that it would still remove. */
export interface RollbackResult {
  runId: number;
  state: 'rolled-back' | 'stopped' | 'dry-run';
  removed: number;
  /** Slots of the run that were kept, because they have a reservation or a count above 0. */
  kept: number;
  /** The first kept slots, at most `listLimit`. */
  keptKeys: (SlotKey & { reservations: number })[];
  /** Slots of the run that somebody else had deleted before. */
  gone: number;
}
