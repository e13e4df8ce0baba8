import type { Transaction } from '../database/index.js';
import { type HandlerContext, type Message, type MessageHandler, appendToOutbox } from '../messaging/index.js';
import { type PaymentSettled, sagaEvent } from '../payments/index.js';
import { settledOf } from '../payments/events.js';
import type { HeldReservation, PaymentHeard, Reservations, ReservationStatus } from '../reservations/index.js';
import { requestRefund, stepCompensation } from './compensation.js';
import { historyStatement } from './history.js';

/** Settings of the reservation side's handlers. */
export interface ReservationHandlerOptions {
  /** Created with `recordChanges: recordSaga()`. */
  reservations: Pick<Reservations, 'change'>;
}

/** The types of message of which the reservation side hears: how a payment or its refund ended. */
export type PaymentEndType = 'PaymentSucceeded' | 'PaymentFailed' | 'PaymentRefunded' | 'RefundFailed';

/** The reservation side's handlers by type of message. */
export function reservationHandlers(options: ReservationHandlerOptions): Record<PaymentEndType, MessageHandler> {
  return {
    PaymentSucceeded: {
      name: 'confirm reservation',
      handle: (message, context) => hear(options, SUCCEEDED, { message, context }),
    },
    PaymentFailed: {
      name: 'release reservation',
      handle: (message, context) => hear(options, FAILED, { message, context }),
    },
    PaymentRefunded: {
      name: 'close compensation',
      handle: (message, context) => hear(options, REFUNDED, { message, context }),
    },
    RefundFailed: {
      name: 'mark compensation failed',
      handle: (message, context) => hear(options, REFUND_FAILED, { message, context }),
    },
  };
}

/** The effects of a message about a payment: on the reservation, on the noted payment status, and further effects. */
interface Hearing {
  heard: Exclude<PaymentHeard, null>;
  /** The payment statuses that this one may replace. Any other status is newer and stays. */
  after: readonly PaymentHeard[];
  decide(held: HeldReservation): ReservationStatus | undefined;
  reasons: Partial<Record<ReservationStatus, string>>;
  lockSlots: 'always' | 'if-freed';
  /**
   * Runs in the same transaction. `status` is the reservation's new status. Undefined when the reservation does not
   * exist.
   */
  then?(tx: Transaction, facts: Facts): Promise<void>;
}

interface Facts {
  status: ReservationStatus | undefined;
  settled: PaymentSettled;
  message: Message;
}

const SUCCEEDED: Hearing = {
  heard: 'PAID',
  after: [null, 'FAILED'],
  decide: ({ status, isDue }) => (status !== 'PENDING' ? undefined : isDue ? 'EXPIRED' : 'CONFIRMED'),
  reasons: { CONFIRMED: 'paid', EXPIRED: 'hold-expired' },
  lockSlots: 'if-freed',
  then: refundUnlessConfirmed,
};

const FAILED: Hearing = {
  heard: 'FAILED',
  after: [null],
  decide: ({ status, isDue }) => (status !== 'PENDING' ? undefined : isDue ? 'EXPIRED' : 'CANCELLED'),
  reasons: { CANCELLED: 'payment-failed', EXPIRED: 'hold-expired' },
  lockSlots: 'always',
};

const REFUNDED: Hearing = {
  heard: 'REFUNDED',
  after: [null, 'PAID', 'FAILED', 'REFUND_FAILED'],
  decide: () => undefined,
  reasons: {},
  lockSlots: 'if-freed',
  then: async (tx, facts) => {
    const step = { ...stepOf(facts), to: 'REFUNDED' as const, reason: 'the money is back' };
    if (await stepCompensation(tx, { ...step, from: 'REFUND_REQUESTED' })) return;
    await stepCompensation(tx, { ...step, from: 'COMPENSATION_FAILED' });
  },
};

const REFUND_FAILED: Hearing = {
  heard: 'REFUND_FAILED',
  // REFUND_FAILED is included, because a refund may fail again after an operator requested it again.
  after: [null, 'PAID', 'FAILED', 'REFUND_FAILED'],
  decide: () => undefined,
  reasons: {},
  lockSlots: 'if-freed',
  then: async (tx, facts) => {
    const { reason } = facts.settled;
    await requestRefund(tx, { ...stepOf(facts), reason: 'asked for by the payment service' });
    await stepCompensation(tx, { ...stepOf(facts), from: 'REFUND_REQUESTED', to: 'COMPENSATION_FAILED', reason });
  },
};

const REMEMBER = `UPDATE {reservation} SET {reservation.paymentId} = COALESCE(?, {reservation.paymentId}), {reservation.paymentStatus} = ?
  WHERE {reservation.id} = ?`;

/** Writes seats, payment status, compensation, messages and inbox in one transaction. */
async function hear(
  options: ReservationHandlerOptions,
  hearing: Hearing,
  { message, context }: { message: Message; context: HandlerContext },
): Promise<void> {
  const settled = settledOf(message);
  const { reservationId } = settled;
  const { decide, reasons, lockSlots } = hearing;
  let isNew = true;
  const before = await options.reservations.change(
    {
      reservationId,
      decide,
      reasons,
      lockSlots,
      traceparent: message.traceparent,
      begin: async (tx) => (isNew = await context.noteHandled(tx)),
      end: (tx, held) => remember(tx, { hearing, held, settled, message }),
    },
    { signal: context.signal },
  );
  // When somebody deleted the reservation, the money goes back nevertheless.
  if (before === undefined && isNew)
    await context.once(async (tx) => hearing.then?.(tx, { status: undefined, settled, message }));
}

interface Remembering {
  hearing: Hearing;
  held: readonly HeldReservation[];
  settled: PaymentSettled;
  message: Message;
}

async function remember(tx: Transaction, { hearing, held, settled, message }: Remembering): Promise<void> {
  const { reservationId, paymentId } = settled;
  const before = held.find((each) => each.reservationId === reservationId);
  if (before === undefined || !hearing.after.includes(before.paymentStatus)) return;
  await tx.execute(REMEMBER, [paymentId, hearing.heard, reservationId]);
  const step = { from: before.paymentStatus, to: hearing.heard, reason: settled.reason, actor: actorOf(message) };
  const { sql, values } = historyStatement([{ reservationId, subject: 'payment', ...step }]);
  await tx.execute(sql, values);
  const status = hearing.decide(before) ?? before.status;
  await hearing.then?.(tx, { status, settled, message });
}

/** When the seat is no longer held, the money goes back. */
async function refundUnlessConfirmed(tx: Transaction, facts: Facts): Promise<void> {
  const { status, settled, message } = facts;
  if (status === 'CONFIRMED') return;
  const reason = `paid when it was ${status?.toLowerCase() ?? 'gone'}`;
  if (!(await requestRefund(tx, { ...stepOf(facts), reason }))) return;
  const { reservationId } = settled;
  await appendToOutbox(tx, [sagaEvent('RefundRequested', { reservationId, reason }, message.traceparent)]);
}

function stepOf({ settled, message }: Facts): { reservationId: number; actor: string } {
  return { reservationId: settled.reservationId, actor: actorOf(message) };
}

function actorOf({ type, id }: Message): string {
  return `${type} ${id}`;
}
