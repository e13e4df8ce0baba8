import type { Database, Transaction, TransactionOptions } from '../database/index.js';
import type { Redis } from '../redis/index.js';
import type { RetryBudget } from '../retry.js';
import type { LockStrategy } from './locks/lock-strategy.js';
import type { SoldOutFlagOptions } from './sold-out/guard-sold-out.js';
import type { HeldReservation } from './transitions/transitions.js';
import type { LockStrategyName } from './locks/strategy-names.js';
import type {
  CancelOutcome,
  ConfirmOutcome,
  ExpireOutcome,
  RecordChanges,
  ReservationOutcome,
  ReservationRequest,
  ReservationStatus,
  SeatsPer,
} from './reservation.js';

/** Settings of `createReservations`. */
export interface ReservationsOptions {
  database: Database;
  /** One of tablepick's by name, or one of your own. Default `defaultStrategy`. */
  strategy?: LockStrategyName | LockStrategy | undefined;
  /** What `partySize` takes of a slot's capacity. Default `party`: one seat whatever its size. */
  seatsPer?: SeatsPer | undefined;
  /** Default `READ COMMITTED`. */
  isolation?: TransactionOptions['isolation'];
  /** Writes more rows in the transaction of each state change, e.g. to an outbox. */
  recordChanges?: RecordChanges | undefined;
  /** How often and how patiently a conflict is tried again. Default 20 times, 5 ms doubling to 500 ms. */
  conflictRetry?: RetryBudget | undefined;
  /** Longest time for finding out what became of a COMMIT whose answer got lost. Default 5000. */
  resolveWithinMs?: number | undefined;
  /**
   * A Redis for what needs one, named by its URL: connected to when it is first needed, until {@link
   * Reservations.close}.
   */
  redisUrl?: string | undefined;
  /**
   * Longest wait for an answer of that Redis. Default 250; what runs once, in a process that has just begun, can wait
   * longer.
   */
  redisTimeoutMs?: number | undefined;
  /** The same as a handle of yours, which you close. */
  redis?: Redis | undefined;
  /**
   * Keeps flags on that Redis for slots that are full, and answers requests for them with `sold-out` without the
   * database. A key that named another request on another slot is then not noticed. Without it no flag is read, set or
   * removed.
   */
  soldOutFlag?: SoldOutFlagOptions | undefined;
}

/** Settings of one call. */
export interface CallOptions {
  /** Withdraws a request that was not begun; once begun, its outcome is told. */
  signal?: AbortSignal | undefined;
}

/** A change that the caller decides, e.g. by what was heard of the payment. */
export interface ChangeRequest {
  reservationId: number;
  /** The status it gets, with its row locked; undefined leaves it. May be called more than once. */
  decide: (held: HeldReservation) => ReservationStatus | undefined;
  /** Why, by the status it gets; told to {@link RecordChanges}. */
  reasons?: Readonly<Partial<Record<ReservationStatus, string>>> | undefined;
  /**
   * `if-freed` spares others the wait for the slot where seats are seldom given back; where they are, it begins anew.
   * Default `always`.
   */
  lockSlots?: 'always' | 'if-freed' | undefined;
  /**
   * Runs in the transaction before anything is changed, the rows locked; false: nothing is, and the call resolves with
   * undefined, as where there is no such reservation. May be called more than once, also in transactions that are
   * rolled back. It must be quick: others wait for the slot.
   */
  begin?: ((tx: Transaction) => Promise<boolean>) | undefined;
  /**
   * Runs last in the transaction with the reservations as they were, their rows locked. It must be quick: others wait
   * for the slot.
   */
  end?: ((tx: Transaction, held: readonly HeldReservation[]) => Promise<void>) | undefined;
  traceparent?: string | undefined;
}

/** How many holds a sweep expired and whether it stopped at its limit. */
export interface SweepResult {
  expired: number;
  more: boolean;
}

/** Reservations of one database under one strategy. Every method may be called any number of times at once. */
export interface Reservations {
  /** Name of the strategy at work. */
  readonly strategy: string;
  /**
   * Reserves a slot, or several all or nothing. The same key with the same slots, member and party is answered with the
   * reservation it made, whatever became of it since; a refusal writes nothing, so its key may be granted later.
   *
   * @throws `BAD_REQUEST`, `UNKNOWN_SLOT`, `SLOT_PAST`, `PARTY_TOO_LARGE` (more than the slot ever takes),
   * `IDEMPOTENCY_KEY_REUSED` (the key names another request), `POOL_TIMEOUT`, `CONNECTION_LOST`, `REDIS_UNAVAILABLE`
   * (under `redis-lock`), `ABORTED`: nothing was written.
   */
  reserve(request: ReservationRequest, options?: CallOptions): Promise<ReservationOutcome>;
  /**
   * What became of a request whose outcome was `unknown`: waits until no transaction of it can be under way, then reads
   * its key.
   *
   * @throws `IDEMPOTENCY_KEY_REUSED`, `CONNECTION_LOST` when the database cannot be asked.
   */
  resolve(
    request: ReservationRequest,
    options?: CallOptions,
  ): Promise<{ kind: 'reserved'; reservationId: number } | { kind: 'not-reserved' }>;
  /**
   * Cancels a live reservation and those made with it as one, and gives the seats back, exactly once. Only the member
   * who holds it may.
   */
  cancel(request: { reservationId: number; memberId: number }, options?: CallOptions): Promise<CancelOutcome>;
  /** Confirms a hold that is not due yet, and those made with it as one. */
  confirm(request: { reservationId: number }, options?: CallOptions): Promise<ConfirmOutcome>;
  /**
   * Changes a reservation, and those made with it as one, as the caller decides, and gives back seats that become free,
   * exactly once. Resolves with it as it was before; undefined when there is none. After a lost COMMIT it runs again.
   */
  change(request: ChangeRequest, options?: CallOptions): Promise<HeldReservation | undefined>;
  /** Expires a hold that is due by the database's clock, and gives the seats back, exactly once. */
  expire(request: { reservationId: number }, options?: CallOptions): Promise<ExpireOutcome>;
  /**
   * Expires all holds that are due, `limit` (default 10,000) at most. Several processes may sweep at once.
   *
   * @throws What stood in the way of the first hold that could not be expired, e.g. an error of `recordChanges`; all
   * others were expired before.
   */
  expireDue(options?: CallOptions & { limit?: number | undefined }): Promise<SweepResult>;
  /** Answers what is under way, refuses what comes after. The database stays open. */
  close(): Promise<void>;
}
