import type { Money } from '../money.js';

/**
 * A request to charge a reservation. Its idempotency key is the reservation's id, so a reservation is charged once,
 * however often it is requested.
 */
export interface ApproveRequest extends Money {
  reservationId: number;
  traceparent?: string | undefined;
}

/** How an approval ended, as far as it is known. */
export type ApproveOutcome =
  /** The money that was really taken. When it differs from the request, it does not count as the payment. */
  | ({ kind: 'approved'; providerId: string } & Money)
  /** The money was not taken and will not be taken: the card was refused, or the payment was cancelled before. */
  | { kind: 'declined'; providerId: string; reason: string }
  /**
   * The provider has accepted the request and reports the end later: by a callback, or when it is asked
   * ({@link PaymentGateway.find}).
   */
  | { kind: 'pending'; providerId: string };

/** How a refund ended, as far as it is known. `pending` is not done. */
export type RefundOutcome =
  /**
   * The money is back, or was never taken and never will be. When the provider says how much is back, the amount is
   * compared.
   */
  | ({ kind: 'cancelled'; providerId: string } & Partial<Money>)
  | { kind: 'pending'; providerId: string }
  /** The provider will not give the money back, however often it is asked. */
  | { kind: 'refused'; providerId: string; reason: string };

/** A reservation's payment as the provider reports it. */
export interface GatewayPayment extends Money {
  reservationId: number;
  providerId: string;
  state: 'pending' | 'approved' | 'declined' | 'cancelling' | 'cancelled' | 'cancel-refused';
  reason?: string | undefined;
}

/**
 * A payment provider. Every call may be slow, fail, or succeed without an answer. An error does not say whether the
 * call had an effect. Asking again for the same reservation does.
 */
export interface PaymentGateway {
  /**
   * Charges a reservation. When the same request comes again, the answer is the same.
   *
   * @throws `GATEWAY_UNAVAILABLE`, retriable, when the end is unknown; `GATEWAY_REFUSED`, not retriable, when the
   * provider calls this request wrong. It may still have taken money for an earlier one.
   */
  approve(request: ApproveRequest, signal?: AbortSignal): Promise<ApproveOutcome>;
  /**
   * Gives the money back. When the provider does not know the payment, it notes the payment as cancelled, so that an
   * approval still under way comes too late.
   *
   * @throws As {@link approve}.
   */
  cancel(
    request: { reservationId: number; traceparent?: string | undefined },
    signal?: AbortSignal,
  ): Promise<RefundOutcome>;
  /**
   * The state of a reservation's payment. Undefined when the provider does not know it.
   *
   * @throws As {@link approve}.
   */
  find(reservationId: number, signal?: AbortSignal): Promise<GatewayPayment | undefined>;
}
