import type { Money } from '../money.js';

/**
 * What a payment provider is asked to charge. Its idempotency key is the reservation's id: a reservation is charged
 * once, whoever asks how often.
 */
export interface ApproveRequest extends Money {
  reservationId: number;
  traceparent?: string | undefined;
}

/** How an approval ended, as far as it is known. */
export type ApproveOutcome =
  /** The money that was really taken: one that is not what was asked for is never taken for a payment. */
  | ({ kind: 'approved'; providerId: string } & Money)
  /** The money was not and will not be taken: the card was refused, or it was cancelled before. */
  | { kind: 'declined'; providerId: string; reason: string }
  /**
   * The provider has taken the request and will say later: by a callback, or when it is asked ({@link
   * PaymentGateway.find}).
   */
  | { kind: 'pending'; providerId: string };

/** How a refund ended, as far as it is known. `pending` is not done. */
export type RefundOutcome =
  /**
   * The money is back, or was never taken and never will be. What of it is back is compared where the provider says it.
   */
  | ({ kind: 'cancelled'; providerId: string } & Partial<Money>)
  | { kind: 'pending'; providerId: string }
  /** The provider will not give it back, however often it is asked. */
  | { kind: 'refused'; providerId: string; reason: string };

/** What a provider says of a reservation's payment. */
export interface GatewayPayment extends Money {
  reservationId: number;
  providerId: string;
  state: 'pending' | 'approved' | 'declined' | 'cancelling' | 'cancelled' | 'cancel-refused';
  reason?: string | undefined;
}

/**
 * A payment provider. Every call may be slow, fail, or have succeeded without saying so: an error says nothing of what
 * happened, asking again with the same reservation does.
 */
export interface PaymentGateway {
  /**
   * Charges a reservation; the same one again is told the same.
   *
   * @throws `GATEWAY_UNAVAILABLE`, retriable, when nobody knows; `GATEWAY_REFUSED`, not retriable, when the provider
   * calls this request wrong, which does not say that it took nothing for an earlier one.
   */
  approve(request: ApproveRequest, signal?: AbortSignal): Promise<ApproveOutcome>;
  /**
   * Gives the money back. A payment the provider never heard of is noted as cancelled, so that an approval still under
   * way comes too late.
   *
   * @throws As {@link approve}.
   */
  cancel(
    request: { reservationId: number; traceparent?: string | undefined },
    signal?: AbortSignal,
  ): Promise<RefundOutcome>;
  /**
   * What became of a reservation's payment; undefined when the provider never heard of it.
   *
   * @throws As {@link approve}.
   */
  find(reservationId: number, signal?: AbortSignal): Promise<GatewayPayment | undefined>;
}
