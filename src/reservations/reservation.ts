import type { SqlValue } from '../database/index.js';

/**
 * Which slot is meant: by its id, or by restaurant, date (`YYYY-MM-DD`) and time (`HH:MM`), both the restaurant's wall
 * time.
 */
export type SlotReference = { slotId: number } | { restaurantId: number; date: string; time: string };

/** What every request says beside its slots. */
export interface ReservationDetails {
  /** The guest's id, 1 or more. */
  memberId: number;
  /** Guests, 1 or more. */
  partySize: number;
  /** Names the request, 1 to 64 printable ASCII characters: the same key is never granted twice. */
  idempotencyKey: string;
  /**
   * The reservation expires unless it is confirmed within this time by the database's clock, in milliseconds. Default:
   * never.
   */
  holdTtlMs?: number | undefined;
  /** The trace that the request belongs to, told to {@link RecordChanges}. @source W3C Trace Context, 3.2. */
  traceparent?: string | undefined;
}

/** A request for one slot, or for several slots all or nothing. */
export type ReservationRequest = ReservationDetails & (SlotReference | { slots: readonly SlotReference[] });

/** How a request ended. Everything expected is a value; only wrong requests and failures are errors. */
export type ReservationOutcome =
  /** The seats are taken and committed. Of several reservations made as one, `reservationId` is the first. */
  | { kind: 'reserved'; reservationId: number }
  /** There was a moment, while the request was under way, at which the slot had too few seats. Nothing was written. */
  | { kind: 'sold-out' }
  /** The member already holds a live reservation of the slot. Nothing was written. */
  | { kind: 'duplicate'; reservationId: number }
  /**
   * Others were in the way for all attempts, or too many requests wait already (attempts 0). Nothing was written; it
   * may be tried again.
   */
  | { kind: 'contended'; attempts: number }
  /**
   * COMMIT was sent, its answer got lost, and the database did not say in time what became of it. Asking again with the
   * same key tells.
   */
  | { kind: 'unknown'; idempotencyKey: string };

/** The states of a reservation; PENDING and CONFIRMED are live: they hold seats. */
export type ReservationStatus = 'PENDING' | 'CONFIRMED' | 'CANCELLED' | 'EXPIRED';

/** What a reservation has last heard of its payment; null: nothing. */
export type PaymentHeard = 'PAID' | 'FAILED' | 'REFUNDED' | 'REFUND_FAILED' | null;

/** A state change, told to {@link RecordChanges} inside its transaction. */
export interface ReservationChange {
  reservationId: number;
  slotId: number;
  restaurantId: number;
  memberId: number;
  partySize: number;
  /** The first of those made with it as one; null when it was made alone. */
  groupId: number | null;
  /** Null for a new reservation. */
  from: ReservationStatus | null;
  to: ReservationStatus;
  /** `reserved`, `confirmed`, `cancelled-by-member`, `hold-expired`, or what the caller of `change` says. */
  reason: string;
  /** What was heard of the payment before. */
  paymentStatus: PaymentHeard;
  traceparent: string | undefined;
}

/** A statement with its values. */
export interface Statement {
  sql: string;
  values: readonly SqlValue[];
  /** Runs once the transaction was committed, or may have been. It must not throw. */
  afterCommit?: (() => void) | undefined;
}

/**
 * Says what else a transaction writes, outbox rows for example, for all its changes at once. It is not asynchronous, so
 * that nothing slow or external can happen while rows are locked.
 */
export type RecordChanges = (changes: readonly ReservationChange[]) => readonly Statement[];

/** What `partySize` takes of a slot's capacity: one seat whatever its size, or one a guest. */
export type SeatsPer = 'party' | 'guest';

/** What of a slot never changes. */
export interface SlotFacts {
  slotId: number;
  restaurantId: number;
  /** Wall time of the restaurant, as stored. */
  date: string;
  time: string;
  /** Of the IANA time zone database. */
  zone: string;
  /** When the slot starts, in milliseconds since 1970. */
  startsAtMs: number;
}

/** A slot by what people call it, and its id. */
export type SlotPlace = Omit<SlotFacts, 'zone' | 'startsAtMs'>;

/** A request that was checked, with its slots found: what strategies work on. */
export interface LocatedRequest {
  /** In ascending order of `slotId`, each once: the order in which everybody locks. */
  slots: readonly SlotFacts[];
  memberId: number;
  partySize: number;
  /** What it takes of each slot. */
  seats: number;
  idempotencyKey: string;
  /** Null: never expires. */
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
