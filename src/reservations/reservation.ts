import type { SqlValue } from '../database/index.js';

/**
 * Names a slot by its id, or by restaurant, date (`YYYY-MM-DD`) and time (`HH:MM`). Date and time are the restaurant's
 * wall time.
 */
export type SlotReference = { slotId: number } | { restaurantId: number; date: string; time: string };

/** The parts of every request beside its slots. */
export interface ReservationDetails {
  /** The guest's id, 1 or more. */
  memberId: number;
  /** Guests, 1 or more. */
  partySize: number;
  /** Names the request, 1 to 64 printable ASCII characters. The same key is never granted twice. */
  idempotencyKey: string;
  /**
   * The reservation expires unless it is confirmed within this time by the database's clock, in milliseconds. Default:
   * never.
   */
  holdTtlMs?: number | undefined;
  /** The trace of the request, passed to {@link RecordChanges}. @source W3C Trace Context, 3.2. */
  traceparent?: string | undefined;
}

/** A request for one slot, or for several slots all or nothing. */
export type ReservationRequest = ReservationDetails & (SlotReference | { slots: readonly SlotReference[] });

/** The outcome of a request. Expected outcomes are values. Only wrong requests and failures are errors. */
export type ReservationOutcome =
  /** The seats are taken and committed. When several reservations were made as one, `reservationId` is the first. */
  | { kind: 'reserved'; reservationId: number }
  /** At some moment of the request, the slot had too few seats. Nothing was written. */
  | { kind: 'sold-out' }
  /** The member already holds a live reservation of the slot. Nothing was written. */
  | { kind: 'duplicate'; reservationId: number }
  /**
   * Other transactions were in the way in all attempts, or too many requests wait already (attempts 0). Nothing was
   * written. It may be tried again.
   */
  | { kind: 'contended'; attempts: number }
  /**
   * COMMIT was sent, its answer was lost, and the database did not say in time whether it was applied. Ask again with
   * the same key to find out.
   */
  | { kind: 'unknown'; idempotencyKey: string };

/** The states of a reservation. PENDING and CONFIRMED are live and hold seats. */
export type ReservationStatus = 'PENDING' | 'CONFIRMED' | 'CANCELLED' | 'EXPIRED';

/** The last news of a reservation's payment. Null when there is none. */
export type PaymentHeard = 'PAID' | 'FAILED' | 'REFUNDED' | 'REFUND_FAILED' | null;

/** A state change, passed to {@link RecordChanges} inside its transaction. */
export interface ReservationChange {
  reservationId: number;
  slotId: number;
  restaurantId: number;
  memberId: number;
  partySize: number;
  /** The first of the reservations made as one with it. Null when it was made alone. */
  groupId: number | null;
  /** Null for a new reservation. */
  from: ReservationStatus | null;
  to: ReservationStatus;
  /** `reserved`, `confirmed`, `cancelled-by-member`, `hold-expired`, or a reason from the caller of `change`. */
  reason: string;
  /** The last news of the payment before the change. */
  paymentStatus: PaymentHeard;
  traceparent: string | undefined;
}

/** A statement with its values. */
export interface Statement {
  sql: string;
  values: readonly SqlValue[];
  /** Runs once the transaction was committed, or may have been committed. It must not throw. */
  afterCommit?: (() => void) | undefined;
  /**
   * True when it only inserts rows that no other transaction waits for or makes it wait for, e.g. without a unique key
   * but a number of the server's own. Then it may run before slots are locked, which are locked for less time. Default
   * false.
   */
  insertsOnly?: boolean | undefined;
}

/**
 * Returns further statements of a transaction, for example for outbox rows, for all its changes at once. A reservation
 * that is changed twice in the transaction comes twice, in order. It is synchronous, so that nothing slow or external
 * can happen while rows are locked.
 */
export type RecordChanges = (changes: readonly ReservationChange[]) => readonly Statement[];

/**
 * How many seats of a slot a party takes: `party` is one seat whatever its size, `guest` is one seat for each guest.
 */
export type SeatsPer = 'party' | 'guest';

/** The facts of a slot that never change. */
export interface SlotFacts {
  slotId: number;
  restaurantId: number;
  /** Wall time of the restaurant, as stored. */
  date: string;
  time: string;
  /** A name of the IANA time zone database. */
  zone: string;
  /** When the slot starts, in milliseconds since 1970. */
  startsAtMs: number;
}

/** A slot by its id, restaurant, date and time. */
export type SlotPlace = Omit<SlotFacts, 'zone' | 'startsAtMs'>;

/** A checked request with its slots, for strategies. */
export interface LocatedRequest {
  /** In ascending order of `slotId`, each once. All transactions lock in this order. */
  slots: readonly SlotFacts[];
  memberId: number;
  partySize: number;
  /** Seats taken in each slot. */
  seats: number;
  idempotencyKey: string;
  /** Null when it never expires. */
  holdTtlMs: number | null;
  traceparent: string | undefined;
}

/** How a cancellation ended; `expired` and `already-cancelled` mean that the seats had been given back before. */
export type CancelOutcome = { kind: 'cancelled' | 'already-cancelled' | 'expired' | 'not-owner' | 'not-found' };

/** How a confirmation ended; `expired` includes a hold that was due but not yet swept. */
export type ConfirmOutcome = { kind: 'confirmed' | 'already-confirmed' | 'cancelled' | 'expired' | 'not-found' };

/** How expiring one hold ended. */
export type ExpireOutcome = {
  kind: 'expired' | 'already-expired' | 'not-due' | 'confirmed' | 'cancelled' | 'not-found';
};
