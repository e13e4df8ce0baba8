import { requireFit } from '../database/fit/require-fit.js';
import { onceDone } from '../database/once-done.js';
import { checkChoice } from '../check-option.js';
import { openStrategy } from './open-strategy.js';
import { CallGate } from './requests/call-gate.js';
import { checkRequest } from './requests/check-request.js';
import { locate } from './requests/locate-slots.js';
import { readReserved, reserveChecked } from './requests/reserve-checked.js';
import { SlotDirectory } from './requests/slot-directory.js';
import { untilAborted } from './requests/until-aborted.js';
import { RESERVATION_TABLES } from './reservation-tables.js';
import type { CallOptions, Reservations, ReservationsOptions } from './reservations.js';
import { ChangeQueue } from './transitions/change-queue.js';
import {
  cancelReservation,
  changeReservation,
  changeReservations,
  confirmReservation,
  expireDueReservations,
  expireReservation,
} from './transitions/end-reservations.js';

/**
 * Creates the reservations of one database with one strategy.
 *
 * @throws `BAD_OPTION` when there is no strategy of that name, or it needs a Redis and none is named; `BAD_URL`.
 * @example
 * const reservations = createReservations({ database, strategy: 'combining' });
 * const outcome = await reservations.reserve({ slotId: 1, memberId: 7, partySize: 2, idempotencyKey: 'order-17' });
 * if (outcome.kind === 'reserved') await reservations.confirm(outcome);
 */
export function createReservations(options: ReservationsOptions): Reservations {
  const { database, recordChanges, admit, seatsPer = 'party' } = options;
  checkChoice('seatsPer', seatsPer, ['party', 'guest']);
  checkChoice('isolation', options.isolation ?? 'READ COMMITTED', ['READ COMMITTED', 'REPEATABLE READ']);
  const opened = openStrategy(options);
  const requireTables = onceDone(() => requireFit(database, { tables: RESERVATION_TABLES }));
  const places = { directory: new SlotDirectory(database, requireTables), seatsPer };
  const context = { database, recordChanges, onGivenBack: opened.givenBack };
  const queue = new ChangeQueue(context);
  const gate = new CallGate();
  const reserve: Reservations['reserve'] = async (request, { signal } = {}) => {
    const checked = checkRequest(request);
    if (admit !== undefined) await admit(request);
    return reserveChecked(checked, { database, open: opened.open, places, signal });
  };
  const resolve: Reservations['resolve'] = async (request, { signal } = {}) => {
    const located = await locate(checkRequest(request), places, signal);
    return (await readReserved(database, located, signal)) ?? { kind: 'not-reserved' };
  };
  const change = <T>({ signal }: CallOptions, run: () => Promise<T>): Promise<T> =>
    gate.pass(() => untilAborted(requireTables(), signal).then(run));
  const close = async (): Promise<void> => {
    await gate.close();
    await opened.close();
  };
  return {
    strategy: opened.name,
    reserve: (request, call = {}) => gate.pass(() => reserve(request, call)),
    resolve: (request, call = {}) => gate.pass(() => resolve(request, call)),
    cancel: (request, call = {}) => change(call, () => cancelReservation(queue, request, call)),
    confirm: (request, call = {}) => change(call, () => confirmReservation(queue, request, call)),
    change: (request, call = {}) => change(call, () => changeReservation(context, request, call)),
    changeAll: (request, call = {}) => change(call, () => changeReservations(context, request, call)),
    expire: (request, call = {}) => change(call, () => expireReservation(queue, request, call)),
    expireDue: (call = {}) => change(call, () => expireDueReservations(context, call)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
