import type { FastifyRequest } from 'fastify';

import type { Database } from '../../database/index.js';
import { isTablepickError } from '../../errors.js';
import {
  type CallbackResult,
  type CallbackSecret,
  type Payment,
  SIGNATURE_HEADER,
  readPayment,
  receiveCallback,
} from '../../payments/index.js';
import type { HttpPlugin } from '../http/http-plugin.js';
import { HttpRefusal } from '../problems/http-refusal.js';
import { failedRequest } from '../http/request-listeners.js';
import { type RouteParts, type ServiceRoutesOptions, serviceRoutes } from '../service-routes.js';
import { paymentSchemas } from './payment-schemas.js';

/** Settings of {@link paymentRoutes}. */
export interface PaymentRoutesOptions extends ServiceRoutesOptions {
  /** The secret shared with the provider. */
  secret: CallbackSecret;
  /** Says who asks for a payment; only operators may. Callbacks have a signature instead. Default: nobody is asked. */
  authenticate?: ServiceRoutesOptions['authenticate'];
}

/**
 * The routes of the payment service, for a fastify 5 app of your own: `POST /callbacks` for the provider, `GET
 * /payments/:reservationId`, `GET /health`, and `GET /ready` with `ready`. Errors are answered as problems.
 *
 * @source RFC 9457.
 * @example
 * const plugin = paymentRoutes({ database: paymentDatabase, secret });
 */
export function paymentRoutes(options: PaymentRoutesOptions): HttpPlugin {
  return serviceRoutes(options, (parts) => addRoutes(parts, options));
}

function addRoutes({ app, withinLimits, onRequest, isAuthenticated }: RouteParts, options: PaymentRoutesOptions): void {
  const schemas = paymentSchemas(isAuthenticated);
  // The signature is checked before the form of the body.
  app.post('/callbacks', { schema: schemas.callback, attachValidation: true }, async (request, reply) => {
    const result = await withinLimits(reply, (signal) => takeCallback(options, request, signal));
    // The callback may come before its payment is there to be settled: the provider must call again.
    return reply.code(result === 'unknown-payment' ? 404 : 200).send({ result });
  });
  app.get('/payments/:reservationId', { schema: schemas.show, onRequest }, (request, reply) =>
    withinLimits(reply, (signal) => showPayment(options.database, request, signal)),
  );
}

async function takeCallback(
  { database, secret, onError }: PaymentRoutesOptions,
  request: FastifyRequest,
  signal: AbortSignal,
): Promise<CallbackResult> {
  const signature = request.headers[SIGNATURE_HEADER.toLowerCase()];
  const received = { signature: typeof signature === 'string' ? signature : undefined, body: request.bodyText };
  try {
    return await receiveCallback({ database, secret, signal }, received);
  } catch (error) {
    // The provider is told that it is refused; only an operator can settle it.
    if (isTablepickError(error, 'PAYMENT_MISMATCH')) onError?.(error, failedRequest(request));
    throw error;
  }
}

async function showPayment(database: Database, request: FastifyRequest, signal: AbortSignal): Promise<Payment> {
  if (request.caller !== undefined && request.caller.isOperator !== true) {
    throw new HttpRefusal('not-yours', 403, { message: 'payments are for operators' });
  }
  const { reservationId } = request.params as { reservationId: number };
  const payment = await readPayment(database, reservationId, { signal });
  if (payment === undefined) throw new HttpRefusal('not-found', 404, { message: 'there is no such payment' });
  return payment;
}
