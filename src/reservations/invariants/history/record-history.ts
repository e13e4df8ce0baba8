import { TablepickError } from '../../../errors.js';
import type { ReservationRequest, SeatsPer, SlotReference } from '../../reservation.js';
import type { Reservations } from '../../reservations.js';
import type { CallFailure, HistoryEntry, RecordedRequest } from './history.js';

/** Settings of {@link recordHistory}. */
export interface RecordHistoryOptions {
  /** Called for each call when it has ended. */
  add: (entry: HistoryEntry) => void;
  /** The same as for `createReservations`. Default `party`. */
  seatsPer?: SeatsPer | undefined;
}

/**
 * The same reservations. Calls of `reserve`, `resolve`, `cancel`, `confirm` and `expire` are passed to `add`, with
 * times of a clock that all processes of one machine share. Slots must be named by their ids.
 *
 * @throws `BAD_OPTION` from a call that names a slot by restaurant, date and time: nothing was written.
 * @example
 * const entries: HistoryEntry[] = [];
 * const recorded = recordHistory(reservations, { add: (entry) => entries.push(entry) });
 * const { ok } = await checkInvariants(database, { history: { entries } });
 */
export function recordHistory(reservations: Reservations, { add, seatsPer }: RecordHistoryOptions): Reservations {
  const requestOf = (request: ReservationRequest): RecordedRequest => toRecord(request, seatsPer ?? 'party');
  return {
    ...reservations,
    reserve: async (request, options) => {
      const call = { call: 'reserve', ...requestOf(request) } as const;
      return timed(call, () => reservations.reserve(request, options), add);
    },
    resolve: async (request, options) => {
      const call = { call: 'resolve', ...requestOf(request) } as const;
      return timed(call, () => reservations.resolve(request, options), add);
    },
    cancel: (request, options) =>
      timed({ call: 'cancel', ...request }, () => reservations.cancel(request, options), add),
    confirm: (request, options) =>
      timed({ call: 'confirm', ...request }, () => reservations.confirm(request, options), add),
    expire: (request, options) =>
      timed({ call: 'expire', ...request }, () => reservations.expire(request, options), add),
  };
}

function toRecord(request: ReservationRequest, seatsPer: SeatsPer): RecordedRequest {
  const { memberId, partySize, idempotencyKey } = request;
  const slotIds = ('slots' in request ? request.slots : [request]).map(idOf);
  return { slotIds, memberId, partySize, seats: seatsPer === 'guest' ? partySize : 1, idempotencyKey };
}

function idOf(slot: SlotReference): number {
  if ('slotId' in slot) return slot.slotId;
  throw new TablepickError('BAD_OPTION', 'a history cannot record a slot by restaurant, date and time', {
    hint: 'name the slot by its id',
  });
}

async function timed<Outcome extends object>(
  call: object,
  run: () => Promise<Outcome>,
  add: (entry: HistoryEntry) => void,
): Promise<Outcome> {
  const startedAtMs = nowMs();
  const end = (outcome: Outcome | CallFailure): void =>
    add({ ...call, outcome, startedAtMs, endedAtMs: nowMs() } as HistoryEntry);
  try {
    const outcome = await run();
    end(outcome);
    return outcome;
  } catch (error) {
    end({ kind: 'failed', code: error instanceof TablepickError ? error.code : String(error) });
    throw error;
  }
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
