import type { FastifyReply, FastifyRequest } from 'fastify';

/** A request whose answer failed. */
export interface FailedRequest {
  /** The id that the client was told. */
  id: string;
  method: string;
  path: string;
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

/** Listeners for the requests of a server or a plugin. */
export interface RequestListeners {
  /** Gets every error that was answered with a status of 500 or more, or that ended an answer half way. */
  onError?: ((error: unknown, request: FailedRequest) => void) | undefined;
  onServed?: ((served: RequestServed) => void) | undefined;
}

/** A request as listeners for errors get it. */
export function failedRequest({ id, method, url }: FastifyRequest): FailedRequest {
  return { id, method, path: url.split('?', 1)[0]! };
}

/** A hook for `onResponse` that tells of each answered request. */
export function tellServed(onServed: NonNullable<RequestListeners['onServed']>) {
  return (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const { raw, elapsedTime: ms } = reply;
    const status = raw.writableFinished ? reply.statusCode : undefined;
    onServed({ method: request.method, route: request.routeOptions.url, status, ms });
    done();
  };
}
