import type { FastifyInstance } from 'fastify';

import { type HttpPlugin, definePlugin } from './http-plugin.js';
import { takeJsonOnly } from './json-body.js';
import { addWithRefusals } from './other-methods.js';
import { type RequestListeners, tellServed } from './request-listeners.js';
import { problemHandler } from '../problems/send-problem.js';
import { strictSchemas } from '../schemas/strict-schemas.js';

/** Settings of {@link apiPlugin}. */
export interface ApiOptions extends RequestListeners {
  /** Adds the routes. */
  addRoutes: (app: FastifyInstance) => void;
}

/** Routes that take and answer JSON, check both by their schemas, and answer errors as problems. */
export function apiPlugin({ addRoutes, onError, onServed }: ApiOptions): HttpPlugin {
  return definePlugin((app) => {
    takeJsonOnly(app);
    app.setValidatorCompiler(strictSchemas);
    app.setErrorHandler(problemHandler(onError));
    if (onServed !== undefined) app.addHook('onResponse', tellServed(onServed));
    addWithRefusals(app, addRoutes);
  });
}
