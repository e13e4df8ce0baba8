import type { SqlValue } from '../database/index.js';
import { outboxStatements } from '../messaging/index.js';
import { type Pricing, type SagaDraft, checkMoney, defaultPricing, sagaEvent } from '../payments/index.js';
import type { RecordChanges, ReservationChange, Statement } from '../reservations/index.js';
import { REQUEST_REFUNDS } from './compensation.js';
import { historyStatement } from './history.js';

/** Settings of {@link recordSaga}. */
export interface RecordSagaOptions {
  /** Default: a deposit of 5,000 KRW a guest and slot. */
  pricing?: Pricing | undefined;
}

/**
 * For `recordChanges` of reservations. Every change sends a message to the payment service, in the change's own
 * transaction. Every change of an existing reservation is also noted in the history. When a confirmed and paid
 * reservation gives its seat back, its refund is requested. A batch of any size usually adds one statement for its
 * messages.
 *
 * @throws `BAD_AMOUNT` when the pricing function returns no money: the reservation is not made.
 * @example
 * const reservations = createReservations({ database, recordChanges: recordSaga() });
 */
export function recordSaga({ pricing = defaultPricing }: RecordSagaOptions = {}): RecordChanges {
  return (changes) => {
    const units = unitsOf(changes);
    const refunds = units.filter(({ change }) => needsRefund(change));
    return [
      ...outboxStatements(units.flatMap((unit) => messagesOf(unit, pricing))),
      ...historyOf(changes),
      ...(refunds.length === 0 ? [] : [requestRefunds(refunds)]),
    ];
  };
}

/** One payment's reservations: one reservation, or several made as one. `change` is the first one's. */
interface Unit {
  change: ReservationChange;
  slotIds: number[];
}

function unitsOf(changes: readonly ReservationChange[]): Unit[] {
  const units = new Map<string, Unit>();
  for (const change of changes) {
    // A transaction may change reservations twice, e.g. confirm and cancel them: those are two units.
    const id = `${change.groupId ?? change.reservationId} ${change.from} ${change.to}`;
    const unit = units.get(id);
    if (unit === undefined) units.set(id, { change, slotIds: [change.slotId] });
    else unit.slotIds.push(change.slotId);
  }
  return [...units.values()];
}

function messagesOf({ change, slotIds }: Unit, pricing: Pricing): SagaDraft[] {
  const { reservationId, restaurantId, memberId, partySize, slotId, reason, traceparent } = change;
  // Every object is written out, because this runs for each reservation, and a spread costs more than all the rest.
  if (change.from === null) {
    const money = checkMoney(pricing({ reservationId, restaurantId, memberId, partySize, slotId, slotIds }));
    const { amount, currency } = money;
    const created = { reservationId, restaurantId, memberId, partySize, slotIds, amount, currency };
    return [sagaEvent('ReservationCreated', created, traceparent)];
  }
  const ended = { reservationId, restaurantId, memberId, partySize, slotId, reason };
  if (change.to === 'CONFIRMED') return [sagaEvent('ReservationConfirmed', ended, traceparent)];
  const cancelled = sagaEvent('ReservationCancelled', ended, traceparent);
  return needsRefund(change)
    ? [cancelled, sagaEvent('RefundRequested', { reservationId, reason }, traceparent)]
    : [cancelled];
}

function needsRefund({ from, to, paymentStatus }: ReservationChange): boolean {
  return from === 'CONFIRMED' && to !== 'CONFIRMED' && paymentStatus === 'PAID';
}

function historyOf(changes: readonly ReservationChange[]): Statement[] {
  const rows = changes.filter(({ from }) => from !== null);
  if (rows.length === 0) return [];
  return [
    historyStatement(
      rows.map(({ reservationId, from, to, reason, memberId }) => ({
        reservationId,
        subject: 'reservation' as const,
        from,
        to,
        reason,
        actor: reason === 'cancelled-by-member' ? `member ${memberId}` : 'saga',
      })),
    ),
  ];
}

function requestRefunds(units: readonly Unit[]): Statement {
  const rows = units.map(({ change }): SqlValue[] => [change.reservationId, change.reason]);
  return { sql: REQUEST_REFUNDS(rows.length), values: rows.flat() };
}
