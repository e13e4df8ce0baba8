import type { FastifyInstance } from 'fastify';

import type { Readiness } from '../../observe/readiness.js';
import type { Reservations } from '../../reservations/index.js';
import type { Database } from '../../database/index.js';
import type { Authenticate } from '../auth/caller.js';
import { requireCaller } from '../auth/require-caller.js';
import { apiPlugin } from '../http/api-plugin.js';
import { addHealthRoute, addReadyRoute } from '../http/health-routes.js';
import type { HttpPlugin } from '../http/http-plugin.js';
import { type RequestLimits, createRequestLimits } from '../http/request-limits.js';
import type { RequestListeners } from '../http/request-listeners.js';
import { cancelReservation } from './cancel-reservation.js';
import { reservationSchemas } from './reservation-schemas.js';
import { reserve } from './reserve.js';
import { showReservation } from './show-reservation.js';

/** Settings of {@link reservationRoutes}. */
export interface ReservationRoutesOptions extends RequestListeners, RequestLimits {
  database: Database;
  reservations: Pick<Reservations, 'reserve' | 'cancel'>;
  /** How long a reservation waits for its payment, in milliseconds. Default ten minutes. */
  holdTtlMs?: number | undefined;
  /**
   * Says who sends a request. A guest reserves for itself, and reads and cancels its own reservations. Default: nobody
   * is asked, and a request names its guest.
   */
  authenticate?: Authenticate | undefined;
  /** For `GET /ready`. Default: there is no such route. */
  ready?: (() => Promise<Readiness>) | undefined;
}

/**
 * The routes of the reservation service, for a fastify 5 app of your own: `POST /reservations`, `GET` and `DELETE
 * /reservations/:id`, `GET /health`, and `GET /ready` with `ready`. A reservation that is answered 201 is committed,
 * and so is the message that asks for its payment. Errors are answered as problems.
 *
 * @source RFC 9457.
 * @example
 * const plugin = reservationRoutes({ database, reservations, authenticate: () => ({ memberId: 7 }) });
 */
export function reservationRoutes(options: ReservationRoutesOptions): HttpPlugin {
  const { onError, onServed } = options;
  return apiPlugin({ onError, onServed, addRoutes: (app) => addRoutes(app, options) });
}

function addRoutes(app: FastifyInstance, options: ReservationRoutesOptions): void {
  const { database, reservations, holdTtlMs = 600_000, authenticate, ready } = options;
  const withinLimits = createRequestLimits(options);
  const context = { database, reservations, holdTtlMs, withinLimits };
  const schemas = reservationSchemas(authenticate !== undefined);
  const onRequest = requireCaller(app, { authenticate, withinLimits });
  app.post('/reservations', { schema: schemas.reserve, onRequest }, (request, reply) =>
    reserve(context, request, reply),
  );
  app.get('/reservations/:id', { schema: schemas.show, onRequest }, (request, reply) =>
    showReservation(context, request, reply),
  );
  app.delete('/reservations/:id', { schema: schemas.cancel, onRequest }, (request, reply) =>
    cancelReservation(context, request, reply),
  );
  addHealthRoute(app);
  if (ready !== undefined) addReadyRoute(app, ready);
}
