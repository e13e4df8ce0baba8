import type { Database, TransactionOptions } from '../../database/index.js';
import type { Redis } from '../../redis/index.js';
import type { RetryBudget } from '../../retry.js';
import type { LocatedRequest, RecordChanges, ReservationOutcome } from '../reservation.js';

/** What a strategy promises, whatever the load; the suite holds it to each. */
export interface LockGuarantees {
  /** `count` never exceeds `capacity`. */
  noOverbooking: boolean;
  /** `count` is always the sum of the live reservations' seats. */
  noLostUpdate: boolean;
  /** Requests for single slots never deadlock with each other, as long as each has a member and a key of its own. */
  noDeadlock: boolean;
}

/** What a strategy is given to work with. */
export interface StrategyContext {
  database: Database;
  isolation: TransactionOptions['isolation'];
  recordChanges: RecordChanges | undefined;
  /** How often and how patiently a conflict is tried again. */
  conflictRetry: RetryBudget;
  /** Longest time for finding out what became of a COMMIT whose answer got lost. */
  resolveWithinMs: number;
  /** Undefined when none is named. Its first command connects. */
  redis: Redis | undefined;
}

/** A strategy at work. */
export interface OpenStrategy {
  /**
   * Takes the request's seats and writes its reservation, or neither. Nobody is answered before the COMMIT.
   *
   * @throws `ABORTED` when `signal` fired before the work was begun: nothing was written. Once begun, the outcome is
   * told.
   */
  reserve(located: LocatedRequest, signal: AbortSignal | undefined): Promise<ReservationOutcome>;
  /** Told after seats of these slots were given back through the same `Reservations`. It must not throw. */
  givenBack?(slotIds: readonly number[]): void;
  /** Ends what the strategy keeps open, when no request is under way any more; none comes after. */
  close(): Promise<void>;
}

/**
 * One way of taking seats under concurrency. It contains only its difference; checking, look-up and replay stand around
 * it.
 */
export interface LockStrategy {
  /** As the user types it. */
  readonly name: string;
  readonly guarantees: LockGuarantees;
  open(context: StrategyContext): OpenStrategy;
}
