import type { Database } from '../database/database.js';
import type { RetryBudgets } from '../retry.js';
import type { OvernightRule, RestaurantRules, SlotRange } from './plan/index.js';

/** The ways of putting slots into the table, as the user types them, slowest first. */
export const insertStrategyNames = ['identity', 'prepared', 'batch', 'load-data', 'server-side'] as const;

/** Name of a way of putting slots into the table. */
export type InsertStrategyName = (typeof insertStrategyNames)[number];

/** How a run's chunks are worked through, whether it begins or goes on. */
export interface RunSettings {
  database: Database;
  /** Connections that insert at once, 1 or more. Default `auto`: from the server's cores and limits. */
  workers?: number | 'auto' | undefined;
  /** Rows of one multi-row INSERT, 1 or more. Default 3000; fewer when the server's packet limit asks for it. */
  batchRows?: number | undefined;
  /** Prove the result at the end. Default true. */
  verify?: boolean | undefined;
  retry?: RetryBudgets | undefined;
  /**
   * How long an owner that has stopped answering keeps its run, in milliseconds. Default 15,000; a dead owner's run is
   * free at once.
   */
  leaseMs?: number | undefined;
  /** Stops after the chunks in flight; the run can be resumed. */
  signal?: AbortSignal | undefined;
  onEvent?: ((event: GenerateEvent) => void) | undefined;
}

/** What to generate and how. */
export interface GenerateSlotsOptions extends RunSettings {
  /** Opening hours, each restaurant once, in any order. Read to the end before the first row is written. */
  rules: AsyncIterable<RestaurantRules> | Iterable<RestaurantRules>;
  range: SlotRange;
  /** Default `next-day`. */
  overnight?: OvernightRule | undefined;
  /**
   * Names the part of the restaurants that `rules` covers; a run is found again by server, table, range and selection.
   * Default `all`. Give another name when several runs share a range, e.g. `1-500` and `501-1000`.
   */
  selection?: string | undefined;
  /** Default `auto`: the fastest the server allows. */
  strategy?: InsertStrategyName | 'auto' | undefined;
  /**
   * Rows of one chunk, hence of one transaction, 1 or more; a restaurant is never cut. Default: the strategy's. A
   * resumed run stays cut as it was.
   */
  chunkRows?: number | undefined;
  /**
   * Start a new run although one of the same identity is unfinished or finished. Default false: resume an unfinished
   * one.
   */
  restart?: boolean | undefined;
}

/** What a generation tells while it runs. */
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
  /** `stopped` by its signal; `finished` may still have failed rows. */
  state: 'finished' | 'stopped';
  strategy: InsertStrategyName;
  workers: number;
  /** Slots of the plan. */
  planned: number;
  /** Slots this run put in, over all its sessions. */
  inserted: number;
  /** Slots of the plan that were there before. */
  existing: number;
  /** Slots the server refused, each recorded in `slot_run_failure`. */
  failed: number;
  /** Wall time of this session's inserting, without verify. */
  seconds: number;
  /** Rows inserted or found by this session per second of `seconds`. */
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
  /** `HH:MM`, with seconds only where the stored time has some. */
  time: string;
}

/** Planned against present, key by key. */
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

/** State of a run as `slot_run.state` holds it. */
export type RunState = 'running' | 'finished' | 'abandoned' | 'rolling-back' | 'rolled-back';

/** One run, as `runs list` and `runs show` tell it. */
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
   * True while a session holds the run's lock; of a distributed run, while a worker or a follower was seen within its
   * lease.
   */
  active: boolean;
  /** Its chunks are, or were, handed out to workers. */
  distributed: boolean;
  startedAt: Date;
  finishedAt: Date | null;
}

/** What a rollback removed, over all its sessions, or with `dryRun` would still remove. */
export interface RollbackResult {
  runId: number;
  state: 'rolled-back' | 'stopped' | 'dry-run';
  removed: number;
  /** Slots of the run that carry a reservation (or a count above 0) and were left. */
  kept: number;
  /** The first of them, at most `listLimit`. */
  keptKeys: (SlotKey & { reservations: number })[];
  /** Slots of the run that somebody else had already deleted. */
  gone: number;
}
