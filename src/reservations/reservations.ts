import type { Database, Transaction, TransactionOptions } from '../database/index.js';
import type { Redis } from '../redis/index.js';
import type { RetryBudget } from '../retry.js';
import type { LockStrategy } from './locks/lock-strategy.js';
import type { SoldOutFlagOptions } from './sold-out/guard-sold-out.js';
import type { ChangesRequest } from './transitions/change-all.js';
import type { Change, DecidedChange } from './transitions/decide-changes.js';
import type { HeldReservation } from './transitions/held-reservations.js';
import type { LockStrategyName } from './locks/strategy-names.js';
import type {
  CancelOutcome,
  ConfirmOutcome,
  ExpireOutcome,
  RecordChanges,
  ReservationOutcome,
  ReservationRequest,
  SeatsPer,
} from './reservation.js';

/** Settings of `createReservations`. */
export interface ReservationsOptions {
  database: Database;
  /** A strategy of this package by name, or one of your own. Default `defaultStrategy`. */
  strategy?: LockStrategyName | LockStrategy | undefined;
  /** How many seats a party takes. Default `party`: one seat whatever its size. */
  seatsPer?: SeatsPer | undefined;
  /** Default `READ COMMITTED`. */
  isolation?: TransactionOptions['isolation'];
  /** Writes more rows in the transaction of each state change, e.g. to an outbox. */
  recordChanges?: RecordChanges | undefined;
  /**
   * Called with each request to reserve before it begins, also with a repeated one. When it throws or rejects, nothing
   * is begun, and the call fails with its error. It must be quick. `refuseInTime` of `tablepick/saga` is one.
   */
  admit?: ((request: ReservationRequest) => Promise<void> | void) | undefined;
  /** How often, and after which waits, a conflict is tried again. Default 20 times, 5 ms doubling to 500 ms. */
  conflictRetry?: RetryBudget | undefined;
  /** Longest time to find out whether a COMMIT with a lost answer was applied. Default 5000. */
  resolveWithinMs?: number | undefined;
  /**
   * The URL of a Redis, for strategies and flags that need one. It is connected when it is first needed, until
   * {@link Reservations.close}.
   */
  redisUrl?: string | undefined;
  /**
   * Longest wait for an answer of that Redis. Default 250. A program that has just begun and runs once can wait longer.
   */
  redisTimeoutMs?: number | undefined;
  /** Your own handle of a Redis, instead of a URL. You close it. */
  redis?: Redis | undefined;
  /**
   * Keeps flags on that Redis for full slots, and answers requests for them with `sold-out` without the database. Then
   * it does not notice when a key was used for another request on another slot. Without this setting, no flag is read,
   * set or removed.
   */
  soldOutFlag?: SoldOutFlagOptions | undefined;
}

/** Settings of one call. */
export interface CallOptions {
  /** Withdraws a request before it begins. Once it has begun, the call resolves with its outcome. */
  signal?: AbortSignal | undefined;
}

/** A change that the caller decides, e.g. by the news of the payment. */
export interface ChangeRequest extends Change {
  /**
   * Runs in the transaction before any change, with the rows locked. When it resolves with false, nothing is changed,
   * and the call resolves with undefined, as for a missing reservation. It may be called more than once, also in
   * transactions that are rolled back. It must be quick, because others wait for the slot.
   */
  begin?: ((tx: Transaction) => Promise<boolean>) | undefined;
  /**
   * Runs last in the transaction, with the reservations as they were and their rows locked. It must be quick, because
   * others wait for the slot.
   */
  end?: ((tx: Transaction, held: readonly HeldReservation[]) => Promise<void>) | undefined;
}

/** The result of a sweep. `more`: it stopped at its limit. */
export interface SweepResult {
  expired: number;
  more: boolean;
}

/** Reservations of one database with one strategy. Every method may be called any number of times at once. */
export interface Reservations extends AsyncDisposable {
  /** Name of the strategy at work. */
  readonly strategy: string;
  /**
   * Reserves a slot, or several all or nothing. When the same key comes again with the same slots, member and party,
   * the answer is its reservation, whatever happened to that since. A refusal writes nothing, so its key may be granted
   * later.
   *
   * @throws `BAD_REQUEST`, `UNKNOWN_SLOT`, `SLOT_PAST`, `PARTY_TOO_LARGE` (more than the slot ever takes),
   * `IDEMPOTENCY_KEY_REUSED` (the key names another request), `POOL_TIMEOUT`, `CONNECTION_LOST`, `REDIS_UNAVAILABLE`
   * (under `redis-lock`), `ABORTED`: nothing was written. What `admit` throws: nothing was begun.
   */
  reserve(request: ReservationRequest, options?: CallOptions): Promise<ReservationOutcome>;
  /**
   * Finds out how a request with the outcome `unknown` ended. It waits until no transaction of the request can be under
   * way, then reads its key.
   *
   * @throws `IDEMPOTENCY_KEY_REUSED`, `CONNECTION_LOST` when the database cannot be asked.
   */
  resolve(
    request: ReservationRequest,
    options?: CallOptions,
  ): Promise<{ kind: 'reserved'; reservationId: number } | { kind: 'not-reserved' }>;
  /**
   * Cancels a live reservation and those made with it as one, and gives the seats back, exactly once. Only its own
   * member may cancel it.
   */
  cancel(request: { reservationId: number; memberId: number }, options?: CallOptions): Promise<CancelOutcome>;
  /** Confirms a hold that is not due yet, and those made with it as one. */
  confirm(request: { reservationId: number }, options?: CallOptions): Promise<ConfirmOutcome>;
  /**
   * Changes a reservation, and those made with it as one, as the caller decides, and gives back seats that become free,
   * exactly once. Resolves with the reservation as it was before. Undefined when it does not exist. After a lost COMMIT
   * it runs again.
   */
  change(request: ChangeRequest, options?: CallOptions): Promise<HeldReservation | undefined>;
  /**
   * Makes many changes in one transaction, each as {@link Reservations.change} does. Several may be of the same
   * reservation: each finds what the one before left. Resolves with the decisions, in the order of the changes. When it
   * fails, nothing is changed.
   */
  changeAll<One extends Change>(
    request: ChangesRequest<One>,
    options?: CallOptions,
  ): Promise<readonly DecidedChange<One>[]>;
  /** Expires a hold that is due by the database's clock, and gives the seats back, exactly once. */
  expire(request: { reservationId: number }, options?: CallOptions): Promise<ExpireOutcome>;
  /**
   * Expires all holds that are due, `limit` (default 10,000) at most. Several processes may sweep at once.
   *
   * @throws The error of the first hold that could not be expired, e.g. of `recordChanges`. All others were expired
   * before.
   */
  expireDue(options?: CallOptions & { limit?: number | undefined }): Promise<SweepResult>;
  /** Waits for the calls under way and refuses later ones. The database stays open. */
  close(): Promise<void>;
}
