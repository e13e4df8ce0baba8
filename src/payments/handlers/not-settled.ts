import { TablepickError } from '../../errors.js';

/** The error for a payment that is not there, or not settled. Retriable, because it may be settled soon. */
export function notSettled(reservationId: number): TablepickError {
  return new TablepickError('PAYMENT_NOT_SETTLED', `the payment of reservation ${reservationId} is not settled yet`, {
    retriable: true,
    hint: 'it is tried again; tablepick reconcile looks it up',
  });
}
