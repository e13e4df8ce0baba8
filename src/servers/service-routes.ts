import type { FastifyInstance } from 'fastify';

import type { Database } from '../database/index.js';
import type { Readiness } from '../observe/readiness.js';
import type { Authenticate } from './auth/caller.js';
import { requireCaller } from './auth/require-caller.js';
import { apiPlugin } from './http/api-plugin.js';
import { addHealthRoute, addReadyRoute } from './http/health-routes.js';
import type { HttpPlugin } from './http/http-plugin.js';
import { type RequestLimits, type WithinLimits, createRequestLimits } from './http/request-limits.js';
import type { RequestListeners } from './http/request-listeners.js';

/** Settings of the routes of a service. */
export interface ServiceRoutesOptions extends RequestListeners, RequestLimits {
  /** The service's own database. */
  database: Database;
  /** Says who sends a request. Default: nobody is asked. */
  authenticate?: Authenticate | undefined;
  /** For `GET /ready`. Default: there is no such route. */
  ready?: (() => Promise<Readiness>) | undefined;
}

/** What the routes of a service are made with. */
export interface RouteParts {
  app: FastifyInstance;
  withinLimits: WithinLimits;
  /** The hooks of routes that ask who sends a request. */
  onRequest: ReturnType<typeof requireCaller>;
  isAuthenticated: boolean;
}

/** The routes that `addRoutes` adds, `GET /health`, and `GET /ready` with `ready`. */
export function serviceRoutes(options: ServiceRoutesOptions, addRoutes: (parts: RouteParts) => void): HttpPlugin {
  const { authenticate, ready, onError, onServed } = options;
  return apiPlugin({
    onError,
    onServed,
    addRoutes: (app) => {
      const withinLimits = createRequestLimits(options);
      const onRequest = requireCaller(app, { authenticate, withinLimits });
      addRoutes({ app, withinLimits, onRequest, isAuthenticated: authenticate !== undefined });
      addHealthRoute(app);
      if (ready !== undefined) addReadyRoute(app, ready);
    },
  });
}
