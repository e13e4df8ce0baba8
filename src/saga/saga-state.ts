import type { PaymentHeard, ReservationStatus } from '../reservations/index.js';
import type { CompensationState } from './compensation.js';

/*
 *   AWAITING_PAYMENT ─────────► CONFIRMED ───────────► REFUNDING ──────► COMPENSATED
 *     │                 paid        cancelled             ▲    │
 *     │ declined, cancelled, expired                      │    │ refused, or silent to the end
 *     └─────────► RELEASED ───────────────────────────────┘    ▼
 *                            paid after all           COMPENSATION_FAILED ──► RESOLVED
 */

/**
 * The state of a reservation between seat and money. `AWAITING_PAYMENT`, `REFUNDING` and `COMPENSATION_FAILED` are not
 * final.
 */
export type SagaState =
  'AWAITING_PAYMENT' | 'CONFIRMED' | 'RELEASED' | 'REFUNDING' | 'COMPENSATED' | 'COMPENSATION_FAILED' | 'RESOLVED';

/** The facts that decide a saga's state. */
export interface SagaFacts {
  /** Null when the reservation was deleted. */
  status: ReservationStatus | null;
  paymentStatus: PaymentHeard;
  /** Null when none was ever needed. */
  compensation: CompensationState | null;
}

const BY_COMPENSATION: Readonly<Record<CompensationState, SagaState>> = {
  REFUND_REQUESTED: 'REFUNDING',
  REFUNDED: 'COMPENSATED',
  COMPENSATION_FAILED: 'COMPENSATION_FAILED',
  RESOLVED: 'RESOLVED',
};

/** The state for the facts. */
export function sagaState({ status, compensation }: SagaFacts): SagaState {
  if (compensation !== null) return BY_COMPENSATION[compensation];
  if (status === 'PENDING') return 'AWAITING_PAYMENT';
  return status === 'CONFIRMED' ? 'CONFIRMED' : 'RELEASED';
}
