import { requireFitOnce } from '../../database/fit/require-fit-once.js';
import { PAYMENT_TABLES } from '../../payments/payment-tables.js';
import { type HttpOptions, type HttpServer, startHttpServer } from '../http/http-server.js';
import { type PaymentRoutesOptions, paymentRoutes } from './payment-routes.js';

/** Settings of {@link startPaymentServer}. */
export interface PaymentServerOptions extends PaymentRoutesOptions, HttpOptions {}

/**
 * The payment service over HTTP: the routes of {@link paymentRoutes}, and `GET /openapi.json`.
 *
 * @throws `BAD_OPTION` when it may not listen there; `TABLE_UNFIT` or `MISSING_TABLE`.
 * @example
 * const server = await startPaymentServer({ database: paymentDatabase, secret, port: 8081, onError: console.error });
 */
export async function startPaymentServer(options: PaymentServerOptions): Promise<HttpServer> {
  await requireFitOnce(options.database, PAYMENT_TABLES);
  // Requests that reach no route are told, too, so the server tells them all.
  const routes = paymentRoutes({ ...options, onServed: undefined });
  return startHttpServer({
    ...options,
    plugins: [routes],
    isAuthenticated: options.authenticate !== undefined,
    description: { title: 'Payments', description: 'Callbacks of the payment provider, and the payments they settle.' },
  });
}
