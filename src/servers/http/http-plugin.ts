import type { FastifyInstance } from 'fastify';

/** The part of a fastify 5 app that a plugin needs. Every `FastifyInstance` has it. */
export interface HttpApp {
  route(route: never): unknown;
}

/** Routes for a fastify 5 app: `await app.register(plugin)`. Hooks and parsers of a plugin are for its own routes. */
export type HttpPlugin = (app: HttpApp) => Promise<void>;

/** A plugin whose `build` gets fastify's own type, which is no part of a public signature. */
export function definePlugin(build: (app: FastifyInstance) => void | Promise<void>): HttpPlugin {
  return async (app) => build(app as unknown as FastifyInstance);
}
