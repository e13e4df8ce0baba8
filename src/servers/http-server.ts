import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { HttpRefusal, statusOfError } from './error-status.js';
import { createGracefulStop } from './graceful-stop.js';
import { errorAnswer, statusOfAnswer, writeAnswer, type HttpAnswer } from './http-answer.js';
import { readRequest, splitUrl, type HttpRequest } from './http-request.js';
import { listen } from './listen.js';
import { createRouter, type Match, type RoutePattern } from './router.js';

/** Answers one kind of request. When it throws an error, the answer has the status of the error's code. */
export type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** A kind of request and its handler. */
export interface Route extends RoutePattern {
  handle: HttpHandler;
}

/** A request that was answered, for measurements. */
export interface RequestServed {
  method: string;
  /** The path of its route, as it was declared; undefined when there was no route. */
  route: string | undefined;
  /** Undefined when the connection was cut. */
  status: number | undefined;
  ms: number;
}

/** Settings of {@link startHttpServer}. */
export interface HttpServerOptions {
  /** Default `127.0.0.1`: this machine alone. */
  host?: string | undefined;
  /** Default 0: a free port. */
  port?: number | undefined;
  routes: readonly Route[];
  /** Gets every error that was answered with a status of 500 or more, or that ended an answer half way. */
  onError: (error: unknown, request: { method: string; path: string }) => void;
  onServed?: ((served: RequestServed) => void) | undefined;
  /** Longest body that is accepted. Default 65536. */
  maxBodyBytes?: number | undefined;
  /** How long {@link HttpServer.stop} waits for requests under way. Default 10000. */
  stopGraceMs?: number | undefined;
}

/** A running server. */
export interface HttpServer {
  /** `http://HOST:PORT`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no more connections, answers requests under way and cuts the rest after `stopGraceMs`. A second call waits
   * for the same end.
   */
  stop(): Promise<void>;
}

/** A client that has not sent its whole request within this time is answered 408. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Starts a server of JSON over HTTP.
 *
 * @throws `BAD_OPTION` when it may not listen there, e.g. because the port is in use.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host = '127.0.0.1', port = 0, stopGraceMs = 10_000 } = options;
  const serve = createService(options);
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void serve(request, response);
  });
  const stop = createGracefulStop(server);
  const address = await listen(server, { host, port });
  let stopped: Promise<void> | undefined;
  return { ...address, stop: () => (stopped ??= stop(stopGraceMs)) };
}

type Service = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function createService({ routes, onError, onServed, maxBodyBytes = 65_536 }: HttpServerOptions): Service {
  const find = createRouter(routes);
  return async (request, response) => {
    const startedAtMs = performance.now();
    const { method = '' } = request;
    const { path } = splitUrl(request.url);
    const onFailure = (error: unknown) => onError(error, { method, path });
    let match: Match<Route> | undefined;
    const answer = await answerOrTell(onFailure, async () => {
      match = find(method, path);
      if (match.kind === 'nowhere') return refuseNowhere(routes, path);
      if (match.kind === 'other-method') return refuseMethod(match.allowed, { method, path });
      const { route, params } = match;
      return route.handle(await readRequest({ request, response, params, maxBodyBytes }));
    });
    await writeAnswer(response, answer).catch((error: unknown) => cutOff(response, { error, onFailure }));
    const route = match?.kind === 'found' ? match.route.path : undefined;
    onServed?.({ method, route, status: statusOfAnswer(answer), ms: performance.now() - startedAtMs });
  };
}

async function answerOrTell(onFailure: (error: unknown) => void, work: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await work();
  } catch (error) {
    if (statusOfError(error) >= 500) onFailure(error);
    return errorAnswer(error);
  }
}

function refuseNowhere(routes: readonly Route[], path: string): HttpAnswer {
  const known = routes.map((route) => `${route.method} ${route.path}`).join(', ');
  return errorAnswer(new HttpRefusal(404, `there is nothing at ${path}`, `there is ${known}`));
}

function refuseMethod(methods: readonly string[], { method, path }: { method: string; path: string }): HttpAnswer {
  const allowed = methods.join(', ');
  const refusal = new HttpRefusal(405, `${path} is not for ${method}`, `it takes ${allowed}`);
  return { ...errorAnswer(refusal), headers: { Allow: allowed } };
}

function cutOff(
  response: ServerResponse,
  { error, onFailure }: { error: unknown; onFailure: (error: unknown) => void },
): void {
  response.destroy();
  const isClientGone = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
  if (!isClientGone) onFailure(error);
}
