import type { Database } from '../../database/index.js';
import type { PaymentGateway } from '../gateway/gateway.js';

/** Settings of the payment service's handlers. */
export interface PaymentHandlerOptions {
  /** The payment service's own database. */
  database: Database;
  gateway: PaymentGateway;
}
