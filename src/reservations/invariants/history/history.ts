import type { ErrorCode } from '../../../errors.js';
import type { CancelOutcome, ConfirmOutcome, ExpireOutcome, ReservationOutcome } from '../../reservation.js';

/** A call that threw instead of having an outcome. `code` is the code or the name of the error. */
export interface CallFailure {
  kind: 'failed';
  code: ErrorCode | (string & {});
}

/**
 * When a call began and ended, in milliseconds of one clock: on one machine
 * `performance.timeOrigin + performance.now()`.
 */
export interface CallTimes {
  startedAtMs: number;
  endedAtMs: number;
}

/** A request for seats in a history. */
export interface RecordedRequest {
  /** In any order, each once. */
  slotIds: readonly number[];
  memberId: number;
  partySize: number;
  /** Seats taken in each slot. */
  seats: number;
  idempotencyKey: string;
}

/** One call and how it ended. */
export type HistoryEntry = CallTimes &
  (
    | ({ call: 'reserve'; outcome: ReservationOutcome | CallFailure } & RecordedRequest)
    | ({
        call: 'resolve';
        outcome: { kind: 'reserved'; reservationId: number } | { kind: 'not-reserved' } | CallFailure;
      } & RecordedRequest)
    | { call: 'cancel'; reservationId: number; memberId: number; outcome: CancelOutcome | CallFailure }
    | { call: 'confirm'; reservationId: number; outcome: ConfirmOutcome | CallFailure }
    | { call: 'expire'; reservationId: number; outcome: ExpireOutcome | CallFailure }
  );

/** Calls of one process, or merged from several, in any order. It must contain every call that used one of its keys. */
export interface History {
  entries: readonly HistoryEntry[];
  /**
   * True when nobody else reserved anything on its slots, before or during it. Then a reservation with a key that is
   * not in it is a violation.
   */
  exclusive?: boolean | undefined;
  /**
   * Seats that were taken when it began, by slot. Slots that are not in the map had none. With it, reservations of
   * other keys do not count separately. Without it, each of them counts as if it might have been live at any time.
   */
  seatsBefore?: ReadonlyMap<number, number> | undefined;
  /** Largest difference between the clocks of its processes, in milliseconds. Default 5. */
  clockToleranceMs?: number | undefined;
}

/** An entry that requests seats, or resolves such a request. */
export type RequestEntry = Extract<HistoryEntry, RecordedRequest>;

/** An entry about one existing reservation. */
export type ReservationEntry = Exclude<HistoryEntry, RecordedRequest>;

/** True for an entry that carries a request. */
export function isRequest(entry: HistoryEntry): entry is RequestEntry {
  return entry.call === 'reserve' || entry.call === 'resolve';
}
