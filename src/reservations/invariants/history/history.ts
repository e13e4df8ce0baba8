import type { ErrorCode } from '../../../errors.js';
import type { CancelOutcome, ConfirmOutcome, ExpireOutcome, ReservationOutcome } from '../../reservation.js';

/** A call that threw instead of having an outcome; `code` is that of the error, or its name. */
export interface CallFailure {
  kind: 'failed';
  code: ErrorCode | (string & {});
}

/**
 * When a call was made and when it was answered, in milliseconds of one clock: on one machine `performance.timeOrigin +
 * performance.now()`.
 */
export interface CallTimes {
  startedAtMs: number;
  endedAtMs: number;
}

/** A request for seats as a history keeps it. */
export interface RecordedRequest {
  /** In any order, each once. */
  slotIds: readonly number[];
  memberId: number;
  partySize: number;
  /** What it takes of each slot. */
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

/**
 * Calls that were made, of one process or merged from several, in any order. Every call that used one of its keys is in
 * it.
 */
export interface History {
  entries: readonly HistoryEntry[];
  /**
   * True: nobody else reserved anything on its slots, before or during it. A reservation of a key that is not in it is
   * a violation then.
   */
  exclusive?: boolean | undefined;
  /**
   * Seats of slots that were taken when it began, by slot; reservations of other keys count no further then. Without
   * it, each of them counts as if it might have been live at any time. Slots that are not in the map had none.
   */
  seatsBefore?: ReadonlyMap<number, number> | undefined;
  /** How far the clocks of its processes may be apart, in milliseconds. Default 5. */
  clockToleranceMs?: number | undefined;
}

/** An entry that asks for seats, or what became of such a request. */
export type RequestEntry = Extract<HistoryEntry, RecordedRequest>;

/** An entry about one reservation that is there. */
export type ReservationEntry = Exclude<HistoryEntry, RecordedRequest>;

/** True for an entry that carries a request. */
export function isRequest(entry: HistoryEntry): entry is RequestEntry {
  return entry.call === 'reserve' || entry.call === 'resolve';
}
