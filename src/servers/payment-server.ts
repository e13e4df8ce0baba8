import type { Database } from '../database/index.js';
import { requireFitOnce } from '../database/fit/require-fit-once.js';
import { TablepickError, isTablepickError } from '../errors.js';
import { type CallbackSecret, SIGNATURE_HEADER, readPayment, receiveCallback } from '../payments/index.js';
import { PAYMENT_TABLES } from '../payments/payment-tables.js';
import { json, type HttpAnswer } from './http-answer.js';
import { type HttpServer, type RequestServed, startHttpServer } from './http-server.js';
import { readId } from './read-id.js';

/** Settings of {@link startPaymentServer}. */
export interface PaymentServerOptions {
  /** The payment service's database. */
  database: Database;
  /** The secret shared with the provider. */
  secret: CallbackSecret;
  /** Default `127.0.0.1`. */
  host?: string | undefined;
  /** Default 0: a free port. */
  port?: number | undefined;
  onError: (error: unknown) => void;
  onServed?: ((served: RequestServed) => void) | undefined;
}

/**
 * The payment service over HTTP: `POST /callbacks` for the provider, `GET /payments/:reservationId`, `GET /health`.
 *
 * @throws `BAD_OPTION` when it may not listen there; `TABLE_UNFIT` or `MISSING_TABLE`.
 * @example
 * const server = await startPaymentServer({ database: paymentDatabase, secret, port: 8081, onError: console.error });
 */
export async function startPaymentServer(options: PaymentServerOptions): Promise<HttpServer> {
  const { database, secret, host, port, onServed } = options;
  await requireFitOnce(database, PAYMENT_TABLES);
  const onError = (error: unknown): void => options.onError(error);
  return startHttpServer({
    host,
    port,
    onError,
    onServed,
    routes: [
      {
        method: 'POST',
        path: '/callbacks',
        handle: async ({ header, text }) => {
          const received = { signature: header(SIGNATURE_HEADER), body: text };
          const result = await receiveCallback({ database, secret }, received).catch((error: unknown) => {
            // The provider is told that it is refused; only an operator can settle it.
            if (isTablepickError(error, 'PAYMENT_MISMATCH')) onError(error);
            throw error;
          });
          // The callback may come before its payment is there to be settled: the provider must call again.
          return json({ result }, result === 'unknown-payment' ? 404 : 200);
        },
      },
      { method: 'GET', path: '/payments/:reservationId', handle: ({ params }) => show(database, params.reservationId) },
      { method: 'GET', path: '/health', handle: async () => (await database.query('SELECT 1'), json({ ok: true })) },
    ],
  });
}

async function show(database: Database, reservation: string | undefined): Promise<HttpAnswer> {
  const reservationId = readId(reservation);
  const payment = reservationId === undefined ? undefined : await readPayment(database, reservationId);
  if (payment === undefined)
    throw new TablepickError('SAGA_UNKNOWN', `there is no payment of reservation ${reservation}`);
  return json(payment);
}
