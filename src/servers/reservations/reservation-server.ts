import { type HttpOptions, type HttpServer, startHttpServer } from '../http/http-server.js';
import { type ReservationRoutesOptions, reservationRoutes } from './reservation-routes.js';

/** Settings of {@link startReservationServer}. */
export interface ReservationServerOptions extends ReservationRoutesOptions, HttpOptions {}

/**
 * The reservation service over HTTP: the routes of {@link reservationRoutes}, and `GET /openapi.json`.
 *
 * @throws `BAD_OPTION` when it may not listen there.
 * @example
 * const server = await startReservationServer({ database, reservations, port: 8080, onError: console.error });
 */
export function startReservationServer(options: ReservationServerOptions): Promise<HttpServer> {
  // Requests that reach no route are told, too, so the server tells them all.
  const routes = reservationRoutes({ ...options, onServed: undefined });
  return startHttpServer({
    ...options,
    plugins: [routes],
    isAuthenticated: options.authenticate !== undefined,
    description: { title: 'Reservations', description: 'Reserve seats of slots, read and cancel reservations.' },
  });
}
