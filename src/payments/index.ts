export {
  SIGNATURE_HEADER,
  checkCallback,
  signCallback,
  type CallbackCheck,
  type CallbackSecret,
} from './callbacks/callback-signature.js';
export { receiveCallback, type CallbackResult, type ReceivedCallback } from './callbacks/receive-callback.js';
export {
  paymentTopic,
  reservationTopic,
  sagaEvent,
  sagaEventTypes,
  type PaymentRequested,
  type PaymentSettled,
  type RefundRequested,
  type ReservationCreated,
  type ReservationEnded,
  type SagaDraft,
  type SagaEventType,
  type SagaEvents,
} from './events.js';
export type { BreakerOptions } from './gateway/gateway-breaker.js';
export type {
  ApproveOutcome,
  ApproveRequest,
  GatewayPayment,
  PaymentGateway,
  RefundOutcome,
} from './gateway/gateway.js';
export {
  createHttpGateway,
  type GatewayEvent,
  type HttpGateway,
  type HttpGatewayOptions,
  type RequestMade,
} from './gateway/http-gateway.js';
export { checkMoney, defaultPricing, type Money, type Priced, type Pricing } from './money.js';
export type { PaymentHandlerOptions } from './handlers/payment-handler-options.js';
export { paymentHandlers } from './handlers/payment-handlers.js';
export { readPayment, type Payment, type PaymentStatus } from './payment-states.js';
export { keepSettling, settleOverdue, type SettleOverdueOptions } from './settle/settle-overdue.js';
export { paymentGroup, sagaTopics, startPayments, type PaymentsOptions } from './start-payments.js';
