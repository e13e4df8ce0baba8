import { randomUUID } from 'node:crypto';

import type { GatewayPayment } from '../../payments/gateway/gateway.js';
import { OTHER_AMOUNT } from '../../payments/gateway/provider-fields.js';
import { NO_CURRENCY } from '../../payments/money.js';
import type { PaymentCallback } from '../../payments/callbacks/parse-callback.js';
import { HttpRefusal } from '../problems/http-refusal.js';
import type { FaultPlan } from './gateway-faults.js';
import type { StateFileKind } from './state-file.js';

/** The money taken and given back for a reservation, in minor units. */
export interface LedgerLine {
  reservationId: number;
  charged: number;
  refunded: number;
}

/** A payment in the fake provider's book. */
export interface BookedPayment extends GatewayPayment, LedgerLine {
  callbackUrl?: string | undefined;
  traceparent?: string | undefined;
  /** Callbacks that have not arrived yet. */
  owed: PaymentCallback[];
}

/** The file in which a provider keeps its payments. */
export const bookFile: StateFileKind<BookedPayment> = {
  header: '{"file":"payments of a tablepick gateway","version":1}',
  isEntry: (value): value is BookedPayment => {
    const { reservationId, providerId, charged, owed } = (value ?? {}) as Partial<BookedPayment>;
    const isNumbered = Number.isInteger(reservationId) && Number.isInteger(charged);
    return isNumbered && typeof providerId === 'string' && Array.isArray(owed);
  },
};

/** A charge that the fake provider is asked for. */
export type Order = Pick<BookedPayment, 'reservationId' | 'amount' | 'currency' | 'callbackUrl' | 'traceparent'>;

/** How a {@link GatewayBook} decides, and the listener for its changes. */
export interface BookSettings {
  faults: FaultPlan;
  /** True when payments and refunds end later, by {@link GatewayBook.settle}. */
  isPatient: boolean;
  onChange: (payment: BookedPayment) => void;
}

/**
 * The fake provider's payments. Money moves at two places only: when a payment becomes approved, and when an approved
 * payment becomes cancelled.
 *
 * ```text
 *            ┌─► declined ──┐
 * pending ───┼──────────────┼─► cancelled ◄── (never heard of)
 *            └─► approved   │        ▲
 *                   └─► cancelling ──┴─► cancel-refused
 * ```
 */
export class GatewayBook {
  readonly #payments: Map<number, BookedPayment>;
  readonly #settings: BookSettings;

  /** `known`: the payments of the state file. The last entry of each reservation is valid. */
  constructor(settings: BookSettings, known: readonly BookedPayment[]) {
    this.#settings = settings;
    this.#payments = new Map(known.map((payment) => [payment.reservationId, payment]));
  }

  find(reservationId: number): BookedPayment | undefined {
    return this.#payments.get(reservationId);
  }

  all(): Iterable<BookedPayment> {
    return this.#payments.values();
  }

  /**
   * Charges an order, once.
   *
   * @throws `HttpRefusal` of 409 when the reservation was ordered with another amount.
   */
  approve(order: Order): BookedPayment {
    const known = this.#payments.get(order.reservationId);
    if (known !== undefined) return this.#repeat(known, order);
    const payment = this.#enter({ ...order, state: 'pending' });
    if (!this.#settings.isPatient) this.settle(payment);
    return payment;
  }

  /** Begins to give money back. When none was taken, none will ever be taken. */
  cancel(reservationId: number, traceparent: string | undefined): BookedPayment {
    const known = this.#payments.get(reservationId);
    if (known === undefined)
      return this.#enter({ reservationId, amount: 0, currency: NO_CURRENCY, state: 'cancelled' });
    if (known.state === 'pending' || known.state === 'declined') return this.#change(known, { state: 'cancelled' });
    if (known.state !== 'approved') return known;
    this.#change(known, { state: 'cancelling', traceparent });
    if (!this.#settings.isPatient) this.settle(known);
    return known;
  }

  /**
   * Ends a pending payment or refund: decides and moves the money. Returns the callback about it; undefined when
   * nothing was pending.
   */
  settle(payment: BookedPayment): PaymentCallback | undefined {
    if (payment.state === 'pending') return this.#settlePayment(payment);
    return payment.state === 'cancelling' ? this.#settleRefund(payment) : undefined;
  }

  /** Notes that a callback must be made. */
  owe(payment: BookedPayment, callback: PaymentCallback): void {
    this.#change(payment, { owed: [...payment.owed, callback] });
  }

  /** Notes that a callback was made or given up. */
  cross(payment: BookedPayment, callback: PaymentCallback): void {
    this.#change(payment, { owed: payment.owed.filter((other) => other !== callback) });
  }

  #repeat(known: BookedPayment, { amount, currency }: Order): BookedPayment {
    if (known.currency === NO_CURRENCY) return this.#change(known, { amount, currency });
    if (known.amount === amount && known.currency === currency) return known;
    const { reservationId } = known;
    const before = `${known.amount} ${known.currency}`;
    const message = `reservation ${reservationId} was to be charged ${before}, not ${amount} ${currency}`;
    throw new HttpRefusal(OTHER_AMOUNT, 409, { message });
  }

  #settlePayment(payment: BookedPayment): PaymentCallback {
    const { reservationId, providerId, amount, currency } = payment;
    const about = { reservationId, providerId, amount, currency };
    if (this.#settings.faults.occurs('failRate', `${reservationId}`)) {
      const reason = 'the card was refused';
      this.#change(payment, { state: 'declined', reason });
      return { ...about, kind: 'payment', state: 'declined', reason };
    }
    this.#change(payment, { state: 'approved', charged: payment.charged + amount });
    return { ...about, kind: 'payment', state: 'approved' };
  }

  #settleRefund(payment: BookedPayment): PaymentCallback {
    const { reservationId, providerId, amount, currency } = payment;
    const about = { reservationId, providerId, amount, currency };
    if (this.#settings.faults.occurs('refuseRefundRate', `${reservationId}`)) {
      const reason = 'the refund was refused';
      this.#change(payment, { state: 'cancel-refused', reason });
      return { ...about, kind: 'refund', state: 'cancel-refused', reason };
    }
    this.#change(payment, { state: 'cancelled', refunded: payment.refunded + amount });
    return { ...about, kind: 'refund', state: 'cancelled' };
  }

  #enter(payment: Order & Pick<BookedPayment, 'state'>): BookedPayment {
    const entered = { ...payment, providerId: `pay_${randomUUID()}`, charged: 0, refunded: 0, owed: [] };
    this.#payments.set(payment.reservationId, entered);
    return this.#change(entered, {});
  }

  #change(payment: BookedPayment, changes: Partial<BookedPayment>): BookedPayment {
    Object.assign(payment, changes);
    this.#settings.onChange(payment);
    return payment;
  }
}
