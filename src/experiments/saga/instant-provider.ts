import type { GatewayPayment, PaymentGateway } from '../../payments/index.js';

/** What a provider took for a reservation and gave back, in minor units. */
export interface Taken {
  charged: number;
  refunded: number;
}

/** A provider within the process, with its book. */
export interface InstantProvider extends PaymentGateway {
  /** A line for each reservation it knows. */
  ledger(): Taken[];
}

/** A provider that answers at once, so that the services alone are measured. It takes money once a reservation. */
export function createInstantProvider(): InstantProvider {
  const payments = new Map<number, GatewayPayment & Taken>();
  return {
    approve: ({ reservationId, amount, currency }) => {
      const payment = payments.get(reservationId) ?? {
        reservationId,
        amount,
        currency,
        providerId: `pay_${reservationId}`,
        state: 'approved',
        charged: amount,
        refunded: 0,
      };
      payments.set(reservationId, payment);
      return Promise.resolve({ kind: 'approved', providerId: payment.providerId, amount: payment.amount, currency });
    },
    cancel: ({ reservationId }) => {
      const payment = payments.get(reservationId);
      if (payment !== undefined) Object.assign(payment, { state: 'cancelled', refunded: payment.charged });
      return Promise.resolve({ kind: 'cancelled', providerId: payment?.providerId ?? '' });
    },
    find: (reservationId) => Promise.resolve(payments.get(reservationId)),
    ledger: () => [...payments.values()],
  };
}
