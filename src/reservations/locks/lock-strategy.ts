import type { Database, TransactionOptions } from '../../database/index.js';
import type { Redis } from '../../redis/index.js';
import type { RetryBudget } from '../../retry.js';
import type { LocatedRequest, RecordChanges, ReservationOutcome } from '../reservation.js';

/** Guarantees of a strategy under any load. The tests check each of them. */
export interface LockGuarantees {
  /** `count` never exceeds `capacity`. */
  noOverbooking: boolean;
  /** `count` is always the sum of the live reservations' seats. */
  noLostUpdate: boolean;
  /** Requests for single slots never deadlock with each other, as long as each has a member and a key of its own. */
  noDeadlock: boolean;
}

/** Settings and handles for a strategy. */
export interface StrategyContext {
  database: Database;
  isolation: TransactionOptions['isolation'];
  recordChanges: RecordChanges | undefined;
  /** How often, and after which waits, a conflict is tried again. */
  conflictRetry: RetryBudget;
  /** Longest time to find out whether a COMMIT with a lost answer was applied. */
  resolveWithinMs: number;
  /** Undefined when no Redis is named. Its first command connects. */
  redis: Redis | undefined;
}

/** A strategy at work. */
export interface OpenStrategy {
  /**
   * Takes the request's seats and writes its reservation, or neither. No request is answered before the COMMIT.
   *
   * @throws `ABORTED` when `signal` fired before the work was begun: nothing was written. Once begun, it resolves with
   * the outcome.
   */
  reserve(located: LocatedRequest, signal: AbortSignal | undefined): Promise<ReservationOutcome>;
  /** Called after seats of these slots were given back through the same `Reservations`. It must not throw. */
  givenBack?(slotIds: readonly number[]): void;
  /** Ends everything that the strategy keeps open. It is called when no request is under way, and none comes later. */
  close(): Promise<void>;
}

/**
 * One way of taking seats under concurrency. It contains only the part that differs. Checking, look-up and replay are
 * done around it.
 */
export interface LockStrategy {
  /** As the user types it. */
  readonly name: string;
  readonly guarantees: LockGuarantees;
  open(context: StrategyContext): OpenStrategy;
}
