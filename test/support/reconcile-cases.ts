import type { ReconcileClass } from 'tablepick/reconcile';

import type { WrongState } from './reconcile-scene.js';

/** A state, and the findings and repairs of a reconciliation. */
export interface ReconcileCase {
  title: string;
  state: WrongState;
  /** The findings without `fix`. */
  finds: ReconcileClass[];
  /** The repaired classes, when they are not `finds`. */
  fixes?: ReconcileClass[];
  /** The classes that are left with `fix`, and found again by the next run. */
  leaves?: ReconcileClass[];
  /** The state at the end: seat, heard payment, payment, compensation. */
  ends: string;
}

/** A cancelled reservation whose refund was sent to the provider and is not settled. */
const refunding: WrongState = {
  status: 'CANCELLED',
  heard: 'PAID',
  payment: 'REFUNDING',
  compensation: 'REFUND_REQUESTED',
};

/** A state of each kind. */
export const reconcileCases: ReconcileCase[] = [
  {
    title: 'a hold whose payment succeeded unheard is confirmed',
    state: { status: 'PENDING', payment: 'PAID', provider: 'approved' },
    finds: ['pending-overdue'],
    ends: 'CONFIRMED PAID PAID -',
  },
  {
    title: 'a hold whose payment failed unheard is released',
    state: { status: 'PENDING', payment: 'FAILED' },
    finds: ['pending-overdue'],
    ends: 'CANCELLED FAILED FAILED -',
  },
  {
    title: 'a due hold whose payment succeeded unheard expires and is refunded',
    state: { status: 'PENDING', payment: 'PAID', due: true },
    finds: ['pending-overdue'],
    ends: 'EXPIRED PAID PAID REFUND_REQUESTED',
  },
  {
    title: 'a payment that the provider approved is settled',
    state: { status: 'PENDING', payment: 'READY', provider: 'approved' },
    finds: ['pending-overdue'],
    ends: 'PENDING - PAID -',
  },
  {
    title: 'a payment that the provider declined is settled',
    state: { status: 'PENDING', payment: 'READY', provider: 'declined' },
    finds: ['pending-overdue'],
    ends: 'PENDING - FAILED -',
  },
  {
    title: 'a payment that the provider never heard of is asked for again',
    state: { status: 'PENDING', payment: 'READY' },
    finds: ['pending-overdue'],
    ends: 'PENDING - READY -',
  },
  {
    title: 'a payment that was never requested is asked for again',
    state: { status: 'PENDING' },
    finds: ['pending-overdue'],
    ends: 'PENDING - - -',
  },
  {
    title: 'a due hold expires',
    state: { status: 'PENDING', due: true },
    finds: ['hold-overdue'],
    ends: 'EXPIRED - - -',
  },
  {
    title: 'a due hold expires, and the payment that nobody began is ended',
    state: { status: 'PENDING', due: true, payment: 'READY' },
    finds: ['hold-overdue'],
    fixes: ['hold-overdue', 'payment-ready-overdue'],
    ends: 'EXPIRED - FAILED -',
  },
  {
    title: 'a reservation confirmed before its payment was heard hears it',
    state: { status: 'CONFIRMED', payment: 'PAID' },
    finds: ['confirmed-unpaid'],
    ends: 'CONFIRMED PAID PAID -',
  },
  {
    title: 'a reservation confirmed by hand without a payment is left',
    state: { status: 'CONFIRMED' },
    finds: ['confirmed-unpaid'],
    fixes: [],
    leaves: ['confirmed-unpaid'],
    ends: 'CONFIRMED - - -',
  },
  {
    title: 'a reservation confirmed by hand though its payment failed is left',
    state: { status: 'CONFIRMED', heard: 'FAILED', payment: 'FAILED' },
    finds: ['confirmed-unpaid'],
    fixes: [],
    leaves: ['confirmed-unpaid'],
    ends: 'CONFIRMED FAILED FAILED -',
  },
  {
    title: 'money at the provider for a confirmed reservation without a payment is asked for',
    state: { status: 'CONFIRMED', provider: 'approved' },
    finds: ['confirmed-unpaid'],
    ends: 'CONFIRMED - - -',
  },
  {
    title: 'money for a reservation that is over is given back',
    state: { status: 'CANCELLED', payment: 'PAID' },
    finds: ['paid-not-held'],
    ends: 'CANCELLED PAID PAID REFUND_REQUESTED',
  },
  {
    title: 'money that was heard of and not asked back is asked back',
    state: { status: 'EXPIRED', heard: 'PAID', payment: 'PAID' },
    finds: ['paid-not-held'],
    ends: 'EXPIRED PAID PAID REFUND_REQUESTED',
  },
  {
    title: 'a refund that ended unheard is closed',
    state: { status: 'CANCELLED', heard: 'PAID', payment: 'REFUNDED', compensation: 'REFUND_REQUESTED' },
    finds: ['refund-overdue'],
    ends: 'CANCELLED REFUNDED REFUNDED REFUNDED',
  },
  {
    title: 'a refund that failed unheard waits for an operator from then on',
    state: { status: 'CANCELLED', heard: 'PAID', payment: 'REFUND_FAILED', compensation: 'REFUND_REQUESTED' },
    finds: ['refund-overdue'],
    ends: 'CANCELLED REFUND_FAILED REFUND_FAILED COMPENSATION_FAILED',
  },
  {
    title: 'a refund that failed a second time is noted, too',
    state: { status: 'CANCELLED', heard: 'REFUND_FAILED', payment: 'REFUND_FAILED', compensation: 'REFUND_REQUESTED' },
    finds: ['refund-overdue'],
    ends: 'CANCELLED REFUND_FAILED REFUND_FAILED COMPENSATION_FAILED',
  },
  {
    title: 'a refund that nobody sent is requested again',
    state: { status: 'CANCELLED', heard: 'PAID', payment: 'PAID', compensation: 'REFUND_REQUESTED' },
    finds: ['refund-overdue'],
    ends: 'CANCELLED PAID PAID REFUND_REQUESTED',
  },
  {
    title: 'a refund that the provider has made is settled',
    state: { ...refunding, provider: 'refunded' },
    finds: ['refund-overdue'],
    ends: 'CANCELLED PAID REFUNDED REFUND_REQUESTED',
  },
  {
    title: 'a refund that the provider has refused is settled',
    state: { ...refunding, provider: 'refund-refused' },
    finds: ['refund-overdue'],
    ends: 'CANCELLED PAID REFUND_FAILED REFUND_REQUESTED',
  },
  {
    title: 'a refund of which the provider does not know is made',
    state: { ...refunding, provider: 'approved' },
    finds: ['refund-overdue'],
    ends: 'CANCELLED PAID REFUNDED REFUND_REQUESTED',
  },
  {
    title: 'a failed compensation is left',
    state: {
      status: 'CANCELLED',
      heard: 'REFUND_FAILED',
      payment: 'REFUND_FAILED',
      compensation: 'COMPENSATION_FAILED',
    },
    finds: ['compensation-failed'],
    fixes: [],
    leaves: ['compensation-failed'],
    ends: 'CANCELLED REFUND_FAILED REFUND_FAILED COMPENSATION_FAILED',
  },
  {
    title: 'a failed compensation whose refund was made all the same is closed',
    state: {
      status: 'CANCELLED',
      heard: 'REFUND_FAILED',
      payment: 'REFUND_FAILED',
      compensation: 'COMPENSATION_FAILED',
      provider: 'refunded',
    },
    finds: ['compensation-failed'],
    ends: 'CANCELLED REFUND_FAILED REFUNDED COMPENSATION_FAILED',
  },
  {
    title: 'a refund that failed though its compensation says otherwise is left',
    state: { status: 'CANCELLED', heard: 'REFUNDED', payment: 'REFUND_FAILED', compensation: 'REFUNDED' },
    finds: ['refund-overdue'],
    fixes: [],
    leaves: ['refund-overdue'],
    ends: 'CANCELLED REFUNDED REFUND_FAILED REFUNDED',
  },
  {
    title: 'a refund that an operator settled by hand is not made as well',
    state: {
      status: 'CANCELLED',
      heard: 'REFUND_FAILED',
      payment: 'REFUNDING',
      compensation: 'RESOLVED',
      provider: 'approved',
    },
    finds: [],
    ends: 'CANCELLED REFUND_FAILED REFUNDING RESOLVED',
  },
  {
    title: 'money taken for a payment that failed unsaid is settled, to be given back',
    state: { status: 'CANCELLED', heard: 'FAILED', payment: 'FAILED', provider: 'approved' },
    finds: ['paid-not-held'],
    ends: 'CANCELLED FAILED REFUNDING -',
  },
  {
    title: 'a payment that failed unsaid and was declined is not found',
    state: { status: 'CANCELLED', heard: 'FAILED', payment: 'FAILED', provider: 'declined' },
    finds: [],
    ends: 'CANCELLED FAILED FAILED -',
  },
  {
    title: 'an approval that comes for a cancelled reservation is settled',
    state: { status: 'CANCELLED', payment: 'READY', provider: 'approved' },
    finds: ['payment-ready-overdue'],
    ends: 'CANCELLED - PAID -',
  },
  {
    title: 'a payment that nobody wants and nobody began is ended',
    state: { status: 'CANCELLED', payment: 'READY' },
    finds: ['payment-ready-overdue'],
    ends: 'CANCELLED - FAILED -',
  },
  {
    title: 'the payment of a reservation confirmed by hand is asked for again',
    state: { status: 'CONFIRMED', payment: 'READY' },
    finds: ['payment-ready-overdue'],
    ends: 'CONFIRMED - READY -',
  },
  {
    title: 'money for a reservation that is gone is given back',
    state: { reservation: false, payment: 'PAID' },
    finds: ['payment-orphan'],
    ends: '- - PAID REFUND_REQUESTED',
  },
  {
    title: 'a held reservation whose money is back is left',
    state: { status: 'CONFIRMED', heard: 'PAID', payment: 'REFUNDED' },
    finds: ['refunded-but-held'],
    fixes: [],
    leaves: ['refunded-but-held'],
    ends: 'CONFIRMED PAID REFUNDED -',
  },
  {
    title: 'a payment of another amount is left',
    state: { status: 'PENDING', payment: 'READY', provider: 'approved', providerAmount: 9000 },
    finds: ['pending-overdue', 'payment-mismatch'],
    fixes: [],
    leaves: ['pending-overdue', 'payment-mismatch'],
    ends: 'PENDING - READY -',
  },
  {
    title: 'a payment that is PAID with nothing taken is left',
    state: { status: 'CONFIRMED', heard: 'PAID', payment: 'PAID', provider: 'approved', providerAmount: 0 },
    finds: ['payment-mismatch'],
    fixes: [],
    leaves: ['payment-mismatch'],
    ends: 'CONFIRMED PAID PAID -',
  },
  {
    title: 'a payment that is PAID and that the provider declined is left',
    state: { status: 'CONFIRMED', heard: 'PAID', payment: 'PAID', provider: 'declined' },
    finds: ['payment-mismatch'],
    fixes: [],
    leaves: ['payment-mismatch'],
    ends: 'CONFIRMED PAID PAID -',
  },
  {
    title: 'a refund of another amount is left',
    state: { ...refunding, provider: 'refunded', providerAmount: 9000 },
    finds: ['refund-overdue', 'payment-mismatch'],
    fixes: [],
    leaves: ['refund-overdue', 'payment-mismatch'],
    ends: 'CANCELLED PAID REFUNDING REFUND_REQUESTED',
  },
  {
    title: 'what agrees is not found',
    state: { status: 'CONFIRMED', heard: 'PAID', payment: 'PAID' },
    finds: [],
    ends: 'CONFIRMED PAID PAID -',
  },
  {
    title: 'what an operator settled is not found',
    state: { status: 'CANCELLED', heard: 'REFUND_FAILED', payment: 'REFUND_FAILED', compensation: 'RESOLVED' },
    finds: [],
    ends: 'CANCELLED REFUND_FAILED REFUND_FAILED RESOLVED',
  },
  {
    title: 'what is young is not found',
    state: { status: 'PENDING', payment: 'PAID', ageSeconds: 5 },
    finds: [],
    ends: 'PENDING - PAID -',
  },
];
