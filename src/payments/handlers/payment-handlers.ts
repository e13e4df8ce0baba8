import type { BatchHandler } from '../../messaging/index.js';
import { approvePayments } from './approve-payments.js';
import type { PaymentHandlerOptions } from './payment-handler-options.js';
import { refundPayments } from './refund-payments.js';
import { requestPayments } from './request-payments.js';

/** The payment service's handlers by type of message. The gateway is always called outside of any transaction. */
export function paymentHandlers(options: PaymentHandlerOptions): Record<string, BatchHandler> {
  return {
    ReservationCreated: requestPayments,
    PaymentRequested: approvePayments(options),
    RefundRequested: refundPayments(options),
  };
}
