import type { PaymentStatus } from '../../payments/index.js';
import type { PaymentHeard, ReservationStatus } from '../../reservations/index.js';
import type { CompensationState, PaymentEndType } from '../../saga/index.js';
import type { ReconcileClass } from '../reconcile-result.js';

/** Facts of the reservation side about a reservation. When several were made as one, about the first. */
export interface ReservationFacts {
  status: ReservationStatus;
  heard: PaymentHeard;
  /** Made longer ago than `olderThanMs`, and no reconciliation has asked about it since then. */
  isOld: boolean;
  /** A hold that has been due for longer than `olderThanMs`. */
  isOverdue: boolean;
}

/** Facts of the payment service about a reservation's payment. */
export interface PaymentFacts {
  status: PaymentStatus;
  /** The provider has never named the payment, so its state does not come from the provider. */
  isUnnamed: boolean;
  isOld: boolean;
}

/** Facts of the reservation side about a refund that it requested. */
export interface CompensationFacts {
  state: CompensationState;
  isOld: boolean;
}

/** All facts about one reservation. A part is undefined when it does not exist. */
export interface Facts {
  reservation: ReservationFacts | undefined;
  payment: PaymentFacts | undefined;
  compensation: CompensationFacts | undefined;
}

/** The repair that a disagreement may need. */
export type NeededRepair =
  | { kind: 'hear'; event: PaymentEndType }
  | { kind: 'expire' }
  /**
   * The provider is asked for a payment that is READY. When it does not know the payment, the payment is requested
   * again, or ended.
   */
  | { kind: 'look-up-payment'; ifUnknown: 'ask-again' | 'end' }
  | { kind: 'look-up-refund' }
  /**
   * The provider is asked for a refund that failed. `otherwise`: what to do when the provider has not given the money
   * back.
   */
  | { kind: 'look-up-failed-refund'; otherwise: string }
  /**
   * The payment service has no payment, so it is asked for one. For a confirmed reservation, only when the provider has
   * its money.
   */
  | { kind: 'ask-for-payment'; ifKnown: boolean }
  | { kind: 'look-up-failed' }
  /**
   * A payment that FAILED without an answer of the provider. The provider may have its money, so it is looked up once.
   */
  | { kind: 'look-up-unnamed' }
  | { kind: 'request-refund' }
  | { kind: 'request-refund-again' }
  | { kind: 'leave'; text: string };

/** The class of a disagreement, and the repair it needs. */
export interface Judgement {
  name: ReconcileClass;
  needed: NeededRepair;
}

/**
 * The first disagreement of one reservation that must be repaired. Undefined when there is none, or none that is old
 * enough.
 */
export function judgeFacts(facts: Facts): Judgement | undefined {
  const { reservation, payment } = facts;
  if (reservation?.status === 'PENDING') return judgePending(reservation, payment);
  if (payment?.status === 'READY') return judgeReady(reservation, payment);
  return (reservation?.status === 'CONFIRMED' ? judgeConfirmed(facts) : judgeOver(facts)) ?? judgeRefund(facts);
}

function judgePending(reservation: ReservationFacts, payment: PaymentFacts | undefined): Judgement | undefined {
  const { isOld, isOverdue } = reservation;
  const isSettled = isOld && payment !== undefined && payment.isOld && payment.status !== 'READY';
  if (isSettled) return hear('pending-overdue', payment.status === 'PAID' ? 'PaymentSucceeded' : 'PaymentFailed');
  if (isOverdue) return { name: 'hold-overdue', needed: { kind: 'expire' } };
  if (!isOld) return undefined;
  if (payment === undefined) return { name: 'pending-overdue', needed: { kind: 'ask-for-payment', ifKnown: false } };
  const isWaiting = payment.isOld && payment.status === 'READY';
  return isWaiting
    ? { name: 'pending-overdue', needed: { kind: 'look-up-payment', ifUnknown: 'ask-again' } }
    : undefined;
}

/** The seat of a confirmed reservation is held, so its payment is still wanted. */
function judgeReady(reservation: ReservationFacts | undefined, { isOld }: PaymentFacts): Judgement | undefined {
  if (!isOld || reservation?.isOld === false) return undefined;
  const ifUnknown = reservation?.status === 'CONFIRMED' ? 'ask-again' : 'end';
  return { name: 'payment-ready-overdue', needed: { kind: 'look-up-payment', ifUnknown } };
}

function judgeConfirmed({ reservation, payment, compensation }: Facts): Judgement | undefined {
  if (reservation?.isOld !== true || payment?.isOld === false) return undefined;
  if (payment === undefined) return { name: 'confirmed-unpaid', needed: { kind: 'ask-for-payment', ifKnown: true } };
  switch (payment.status) {
    case 'FAILED':
      return { name: 'confirmed-unpaid', needed: { kind: 'look-up-failed' } };
    case 'REFUNDING':
    case 'REFUNDED':
      return leave('refunded-but-held', 'an operator decides: charge it anew, or cancel the reservation');
    case 'PAID':
      return judgeHeldAndPaid(reservation, compensation);
    case 'READY':
    case 'REFUND_FAILED':
      return undefined;
  }
}

function judgeHeldAndPaid(
  { heard }: ReservationFacts,
  compensation: CompensationFacts | undefined,
): Judgement | undefined {
  if (compensation?.state === 'REFUND_REQUESTED')
    return leave('refunded-but-held', 'a refund was requested; an operator decides');
  return heard === null || heard === 'FAILED' ? hear('confirmed-unpaid', 'PaymentSucceeded') : undefined;
}

/** The reservation does not hold a seat, but there may be money for it. */
function judgeOver(facts: Facts): Judgement | undefined {
  const { reservation, payment } = facts;
  if (payment?.isOld !== true || reservation?.isOld === false) return undefined;
  if (payment.status === 'PAID') return judgePaid(facts);
  const isUnsaid = payment.status === 'FAILED' && payment.isUnnamed;
  return isUnsaid ? { name: 'paid-not-held', needed: { kind: 'look-up-unnamed' } } : undefined;
}

function judgePaid({ reservation, compensation }: Facts): Judgement | undefined {
  if (compensation?.state === 'REFUNDED')
    return leave('paid-not-held', 'its compensation says REFUNDED, its payment is PAID; an operator compares both');
  if (compensation !== undefined) return undefined;
  if (reservation === undefined) return { name: 'payment-orphan', needed: { kind: 'request-refund' } };
  const { heard } = reservation;
  if (heard === null || heard === 'FAILED') return hear('paid-not-held', 'PaymentSucceeded');
  return { name: 'paid-not-held', needed: { kind: 'request-refund' } };
}

function judgeRefund({ payment, compensation }: Facts): Judgement | undefined {
  // When an operator settled it by hand, the money is not given back again.
  if (payment?.isOld === false || compensation?.state === 'RESOLVED') return undefined;
  if (payment?.status === 'REFUNDING') return { name: 'refund-overdue', needed: { kind: 'look-up-refund' } };
  if (compensation !== undefined) return judgeCompensation(compensation, payment?.status);
  return payment?.status === 'REFUND_FAILED' ? hear('refund-overdue', 'RefundFailed') : undefined;
}

function judgeCompensation(
  { state, isOld }: CompensationFacts,
  status: PaymentStatus | undefined,
): Judgement | undefined {
  if (!isOld) return undefined;
  if (state === 'REFUNDED') return status === 'REFUND_FAILED' ? REFUNDED_AND_FAILED : undefined;
  if (status === 'REFUNDED') return hear('refund-overdue', 'PaymentRefunded');
  if (state === 'COMPENSATION_FAILED') return status === 'REFUND_FAILED' ? FAILED_REFUND : FAILED_COMPENSATION;
  if (status === 'REFUND_FAILED') return hear('refund-overdue', 'RefundFailed');
  if (status === undefined)
    return leave('refund-overdue', 'the payment service has no such payment; an operator decides');
  return { name: 'refund-overdue', needed: { kind: 'request-refund-again' } };
}

const RETRY = 'tablepick saga retry <id>';
const FAILED_COMPENSATION = leave('compensation-failed', RETRY);
const FAILED_REFUND: Judgement = {
  name: 'compensation-failed',
  needed: { kind: 'look-up-failed-refund', otherwise: RETRY },
};
const REFUNDED_AND_FAILED: Judgement = {
  name: 'refund-overdue',
  needed: {
    kind: 'look-up-failed-refund',
    otherwise: 'its compensation says REFUNDED, its payment REFUND_FAILED; an operator compares both',
  },
};

function hear(name: ReconcileClass, event: PaymentEndType): Judgement {
  return { name, needed: { kind: 'hear', event } };
}

function leave(name: ReconcileClass, text: string): Judgement {
  return { name, needed: { kind: 'leave', text } };
}
