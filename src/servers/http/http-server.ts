import { randomUUID } from 'node:crypto';
import { METHODS } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { TablepickError } from '../../errors.js';

import { answerClientError } from './client-errors.js';
import { createNodeServer } from './node-server.js';
import { createGracefulStop } from './graceful-stop.js';
import type { HttpPlugin } from './http-plugin.js';
import { HttpRefusal } from '../problems/http-refusal.js';
import { listen } from './listen.js';
import { type ApiDescription, serveOpenApi } from './openapi.js';
import { type RequestListeners, tellServed } from './request-listeners.js';
import { problemHandler } from '../problems/send-problem.js';
import { type GuardOptions, createRequestGuard, isLoopback } from './request-guard.js';

/** Where a server listens, whom it lets in, and its limits. */
export interface HttpOptions extends Omit<GuardOptions, 'host'> {
  /** Default `127.0.0.1`: this machine alone. Any other address needs `authenticate` or `insecure`. */
  host?: string | undefined;
  /** Default 0: a free port. */
  port?: number | undefined;
  /** True: listen where others reach it although nobody is asked who they are. Default false. */
  insecure?: boolean | undefined;
  /** Longest body that is accepted. Default 65536. */
  maxBodyBytes?: number | undefined;
  /** Most connections at once; further ones are cut. Default 10000. */
  maxConnections?: number | undefined;
  /** How long {@link HttpServer.stop} waits for requests under way. Default 10000. */
  stopGraceMs?: number | undefined;
}

/** Settings of {@link startHttpServer}. */
export interface HttpServerOptions extends HttpOptions, RequestListeners {
  plugins: readonly HttpPlugin[];
  /** True when its routes ask who a request is from. */
  isAuthenticated?: boolean | undefined;
  /** Undefined: there is no OpenAPI document. */
  description?: ApiDescription | undefined;
}

/** A running server. */
export interface HttpServer extends AsyncDisposable {
  /** `http://HOST:PORT`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no more connections, answers requests under way and cuts the rest after `stopGraceMs`. A second call waits
   * for the same end.
   */
  stop(): Promise<void>;
}

/**
 * Starts a server of JSON over HTTP. The package fastify is loaded now.
 *
 * @throws `BAD_OPTION` when it may not listen there, e.g. because the port is in use.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host = '127.0.0.1', port = 0, stopGraceMs = 10_000 } = options;
  refuseOpenAddress(host, options);
  const app = await createApp(options);
  const stop = createGracefulStop(app.server);
  await buildApp(app, { ...options, host });
  const address = await listen(app.server, { host, port });
  let stopped: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await stop(stopGraceMs);
    await app.close();
  };
  const stopOnce = (): Promise<void> => (stopped ??= end());
  return { ...address, stop: stopOnce, [Symbol.asyncDispose]: stopOnce };
}

/** @throws `BAD_OPTION` when others could reach the server and nobody would ask who they are. */
function refuseOpenAddress(host: string, { insecure = false, isAuthenticated = false }: HttpServerOptions): void {
  if (isLoopback(host) || insecure || isAuthenticated) return;
  throw new TablepickError(
    'BAD_OPTION',
    `${host} is reached from other machines, and no request would be asked who sends it`,
    {
      hint: 'give a check of bearer tokens (--jwt-jwks-url, --jwt-secret-file), listen on 127.0.0.1, or say --insecure',
    },
  );
}

async function createApp({
  maxBodyBytes = 65_536,
  maxConnections = 10_000,
}: HttpServerOptions): Promise<FastifyInstance> {
  const { fastify } = await import('fastify');
  const app = fastify({
    bodyLimit: maxBodyBytes,
    serverFactory: (listener) => createNodeServer(listener, maxConnections),
    clientErrorHandler: answerClientError,
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => void problemHandler(undefined)(error, request as never, reply as never),
  });
  // A path also says which methods it takes when it is asked with one that fastify would not know. CONNECT has no path.
  for (const method of METHODS)
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method);
  return app;
}

/** Before the body is read, which nobody would take. */
function refuseUnknownPath({ is404 }: FastifyRequest, _: FastifyReply, done: (error?: Error) => void): void {
  done(is404 ? new HttpRefusal('not-found', 404, { message: 'there is nothing at this path' }) : undefined);
}

async function buildApp(app: FastifyInstance, options: HttpServerOptions & { host: string }): Promise<void> {
  const { plugins, onError, onServed, description, corsOrigins = [] } = options;
  app.addHook('onRequest', createRequestGuard(options));
  app.setErrorHandler(problemHandler(onError));
  if (corsOrigins.length > 0) {
    const { default: cors } = await import('@fastify/cors');
    await app.register(cors, {
      origin: [...corsOrigins],
      methods: ['GET', 'POST'],
      maxAge: 600,
      strictPreflight: false,
    });
  }
  app.addHook('onRequest', refuseUnknownPath);
  if (onServed !== undefined) app.addHook('onResponse', tellServed(onServed));
  if (description !== undefined) await serveOpenApi(app, description);
  for (const plugin of plugins) await app.register(plugin);
  await app.ready();
}
