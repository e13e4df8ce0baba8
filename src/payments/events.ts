import { TablepickError } from '../errors.js';
import type { Message } from '../messaging/index.js';
import { type Money, checkMoney } from './money.js';

/** The topic of reservation events. */
export const reservationTopic = 'reservations';

/** The topic of payment events. */
export const paymentTopic = 'payments';

/** A reservation was made; asks for its payment. */
export interface ReservationCreated extends Money {
  reservationId: number;
  restaurantId: number;
  memberId: number;
  partySize: number;
  /** When reservations were made as one, the slots of all. */
  slotIds: readonly number[];
}

/** A reservation was confirmed or cancelled. */
export interface ReservationEnded {
  reservationId: number;
  restaurantId: number;
  memberId: number;
  partySize: number;
  slotId: number;
  reason: string;
}

/** The money of a reservation is to be given back. */
export interface RefundRequested {
  reservationId: number;
  reason: string;
}

/** The payment service has noted a payment and will ask the provider for it. */
export interface PaymentRequested extends Money {
  reservationId: number;
}

/** How a payment or a refund ended. */
export interface PaymentSettled extends Money {
  reservationId: number;
  /** The provider's name for the payment; null when it has none. */
  paymentId: string | null;
  /** Why it failed. Empty when it did not fail. */
  reason: string;
}

/** The data of each type of message. Every type has version 1. */
export interface SagaEvents {
  ReservationCreated: ReservationCreated;
  ReservationConfirmed: ReservationEnded;
  ReservationCancelled: ReservationEnded;
  RefundRequested: RefundRequested;
  PaymentRequested: PaymentRequested;
  PaymentSucceeded: PaymentSettled;
  PaymentFailed: PaymentSettled;
  PaymentRefunded: PaymentSettled;
  RefundFailed: PaymentSettled;
}

/** Types of messages of the saga. */
export type SagaEventType = keyof SagaEvents;

const TOPICS: Readonly<Record<SagaEventType, string>> = {
  ReservationCreated: reservationTopic,
  ReservationConfirmed: reservationTopic,
  ReservationCancelled: reservationTopic,
  RefundRequested: reservationTopic,
  PaymentRequested: paymentTopic,
  PaymentSucceeded: paymentTopic,
  PaymentFailed: paymentTopic,
  PaymentRefunded: paymentTopic,
  RefundFailed: paymentTopic,
};

/** Every type of message of the saga. */
export const sagaEventTypes = Object.keys(TOPICS) as readonly SagaEventType[];

/** A message of the saga, not yet sent. */
export interface SagaDraft<Type extends SagaEventType = SagaEventType> {
  type: Type;
  key: string;
  aggregate: string;
  data: SagaEvents[Type];
  traceparent: string | undefined;
}

/** Creates a message about a reservation. */
export function sagaEvent<Type extends SagaEventType>(
  type: Type,
  data: SagaEvents[Type],
  traceparent?: string,
): SagaDraft<Type> {
  return { type, key: String(data.reservationId), aggregate: TOPICS[type], data, traceparent };
}

/** All types except the handled ones, for `ignored` of a consumer. */
export function ignoredTypes(handled: readonly SagaEventType[]): SagaEventType[] {
  return sagaEventTypes.filter((type) => !handled.includes(type));
}

/**
 * The data of a message that is about a reservation.
 *
 * @throws `BAD_MESSAGE` when it names no reservation, or another one than its key.
 */
export function reservationOf(message: Message): { reservationId: number } & Record<string, unknown> {
  const { data, key } = message;
  const id =
    typeof data === 'object' && data !== null ? (data as { reservationId?: unknown }).reservationId : undefined;
  if (!Number.isSafeInteger(id) || (id as number) < 1) throw bad(message, 'it names no reservation');
  if (String(id) !== key) throw bad(message, `it is about reservation ${String(id)}, its key is ${key}`);
  return data as { reservationId: number } & Record<string, unknown>;
}

/**
 * The money in a message's data.
 *
 * @throws `BAD_AMOUNT` when it is none.
 */
export function moneyOf(message: Message): Money & { reservationId: number } {
  const { reservationId, amount, currency } = reservationOf(message);
  return { reservationId, ...checkMoney({ amount: amount as number, currency: currency as string }) };
}

/**
 * The settled payment in a message's data.
 *
 * @throws `BAD_MESSAGE` or `BAD_AMOUNT` when a field is missing or wrong.
 */
export function settledOf(message: Message): PaymentSettled {
  const { paymentId, reason } = reservationOf(message);
  const isId = paymentId === null || (typeof paymentId === 'string' && paymentId.length <= 64);
  if (!isId) throw bad(message, `its payment id is ${JSON.stringify(paymentId)}`);
  return { ...moneyOf(message), paymentId, reason: typeof reason === 'string' ? reason.slice(0, 255) : '' };
}

function bad({ type, id }: Message, why: string): TablepickError {
  return new TablepickError('BAD_MESSAGE', `${type} ${id} cannot be handled: ${why}`, {
    hint: 'see what sent it; after repairing it there, send it anew',
  });
}
