import type { Reservations } from '../../reservations/index.js';
import type { HttpPlugin } from '../http/http-plugin.js';
import { type RouteParts, type ServiceRoutesOptions, serviceRoutes } from '../service-routes.js';
import { cancelReservation } from './cancel-reservation.js';
import { reservationSchemas } from './reservation-schemas.js';
import { reserve } from './reserve.js';
import { showReservation } from './show-reservation.js';

/** Settings of {@link reservationRoutes}. */
export interface ReservationRoutesOptions extends ServiceRoutesOptions {
  reservations: Pick<Reservations, 'reserve' | 'cancel'>;
  /** How long a reservation waits for its payment, in milliseconds. Default ten minutes. */
  holdTtlMs?: number | undefined;
  /**
   * Says who sends a request. A guest reserves for itself, and reads and cancels its own reservations. Default: nobody
   * is asked, and a request names its guest.
   */
  authenticate?: ServiceRoutesOptions['authenticate'];
}

/**
 * The routes of the reservation service, for a fastify 5 app of your own: `POST /reservations`, `GET
 * /reservations/:id`, `POST /reservations/:id/cancel`, `GET /health`, and `GET /ready` with `ready`. A reservation that
 * is answered 201 is committed, and so is the message that asks for its payment. Errors are answered as problems.
 *
 * @source RFC 9457.
 * @example
 * const plugin = reservationRoutes({ database, reservations, authenticate: () => ({ memberId: 7 }) });
 */
export function reservationRoutes(options: ReservationRoutesOptions): HttpPlugin {
  return serviceRoutes(options, (parts) => addRoutes(parts, options));
}

function addRoutes(parts: RouteParts, { database, reservations, holdTtlMs = 600_000 }: ReservationRoutesOptions): void {
  const { app, withinLimits, onRequest, isAuthenticated } = parts;
  const context = { database, reservations, holdTtlMs, withinLimits };
  const schemas = reservationSchemas(isAuthenticated);
  app.post('/reservations', { schema: schemas.reserve, onRequest }, (request, reply) =>
    reserve(context, request, reply),
  );
  app.get('/reservations/:id', { schema: schemas.show, onRequest }, (request, reply) =>
    showReservation(context, request, reply),
  );
  app.post('/reservations/:id/cancel', { schema: schemas.cancel, onRequest }, (request, reply) =>
    cancelReservation(context, request, reply),
  );
}
