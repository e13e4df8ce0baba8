import { type RequestListener, type Server, createServer } from 'node:http';

import { answerUnusualRequests } from './client-errors.js';
import { limitPipelining } from './pipeline-limit.js';

/** A client that has not sent its headers within this time is cut. */
const HEADERS_TIMEOUT_MS = 10_000;
/** A client that has not sent its whole request within this time is answered 408. */
const REQUEST_TIMEOUT_MS = 30_000;
/** A connection without a request is closed after this time. It is longer than that of usual proxies. */
const KEEP_ALIVE_MS = 65_000;
const MAX_HEADER_BYTES = 16_384;

/** Node's server, with limits for headers, time and connections. */
export function createNodeServer(listener: RequestListener, maxConnections: number): Server {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: 5000,
    // The guard refuses a missing Host, with a reason.
    requireHostHeader: false,
  };
  const server = createServer(limits, limitPipelining(listener));
  // A client that ends its side after its request still gets the answer.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxConnections = maxConnections;
  answerUnusualRequests(server);
  return server;
}
