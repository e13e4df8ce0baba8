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
 * Where a reservation stands between seat and money; `AWAITING_PAYMENT`, `REFUNDING` and `COMPENSATION_FAILED` are not
 * the end of it.
 */
export type SagaState =
  'AWAITING_PAYMENT' | 'CONFIRMED' | 'RELEASED' | 'REFUNDING' | 'COMPENSATED' | 'COMPENSATION_FAILED' | 'RESOLVED';

/** What a saga's state follows from. */
export interface SagaFacts {
  /** Null: the reservation is gone. */
  status: ReservationStatus | null;
  paymentStatus: PaymentHeard;
  /** Null: none was ever needed. */
  compensation: CompensationState | null;
}

const BY_COMPENSATION: Readonly<Record<CompensationState, SagaState>> = {
  REFUND_REQUESTED: 'REFUNDING',
  REFUNDED: 'COMPENSATED',
  COMPENSATION_FAILED: 'COMPENSATION_FAILED',
  RESOLVED: 'RESOLVED',
};

/** The state that follows. */
export function sagaState({ status, compensation }: SagaFacts): SagaState {
  if (compensation !== null) return BY_COMPENSATION[compensation];
  if (status === 'PENDING') return 'AWAITING_PAYMENT';
  return status === 'CONFIRMED' ? 'CONFIRMED' : 'RELEASED';
}
