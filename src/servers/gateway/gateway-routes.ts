import { Readable } from 'node:stream';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { pause } from '../../abort/deadline.js';
import { apiPlugin } from '../http/api-plugin.js';
import type { HttpPlugin } from '../http/http-plugin.js';
import { HttpRefusal } from '../problems/http-refusal.js';
import type { RequestListeners } from '../http/request-listeners.js';
import { requireAdminKey } from './admin-key.js';
import type { BookedPayment, GatewayBook, LedgerLine } from './gateway-book.js';
import type { FaultPlan } from './gateway-faults.js';
import { readOrder } from './gateway-orders.js';
import { gatewaySchemas as schemas } from './gateway-schemas.js';
import type { Settlement } from './gateway-settlement.js';
import type { GatewayStats } from './gateway-stats.js';

/** The parts that the routes use. */
export interface GatewayParts {
  book: GatewayBook;
  faults: FaultPlan;
  settlement: Settlement;
  stats: GatewayStats;
  /** Resolves when all changes in the book are safe. */
  flush: () => Promise<void>;
  stopping: AbortSignal;
  /** Whether callbacks may go to that URL. */
  isTold: (url: string) => boolean;
  /** Lets a request change faults and read counts. Undefined: none is let in. */
  adminKey: string | undefined;
  onError: NonNullable<RequestListeners['onError']>;
}

/**
 * The HTTP API of the fake provider. Faults occur in requests about payments and `/health`. The other routes show what
 * really happened.
 */
export function gatewayRoutes(parts: GatewayParts): HttpPlugin {
  return apiPlugin({ onError: parts.onError, addRoutes: (app) => addRoutes(app, parts) });
}

function addRoutes(app: FastifyInstance, parts: GatewayParts): void {
  const { faults } = parts;
  app.post('/payments', { schema: schemas.approve }, withFaults(parts, approve));
  app.post('/payments/:reservationId/cancel', { schema: schemas.cancel }, withFaults(parts, cancel));
  app.get('/payments/:reservationId', { schema: schemas.find }, withFaults(parts, find));
  app.get('/health', { schema: schemas.health }, async (_, reply) =>
    faults.isDown() ? hangUp(reply) : { status: 'up' },
  );
  app.get('/ledger', { schema: schemas.ledger }, (_, reply) => sendLedger(parts, reply));
  addAdminRoutes(app, parts);
}

function addAdminRoutes(app: FastifyInstance, { faults, stats, adminKey }: GatewayParts): void {
  const onRequest = requireAdminKey(adminKey);
  app.get('/admin/stats', { schema: schemas.stats, onRequest }, async () => stats);
  app.get('/admin/faults', { schema: schemas.readFaults, onRequest }, async () => faults.current());
  app.post('/admin/faults', { schema: schemas.changeFaults, onRequest }, async ({ body }) => faults.change(body));
}

/** A line for each reservation, in the order in which the provider heard of them. */
export function* ledgerOf(book: GatewayBook): Generator<LedgerLine> {
  for (const { reservationId, charged, refunded } of book.all()) yield { reservationId, charged, refunded };
}

async function sendLedger({ book, flush }: GatewayParts, reply: FastifyReply): Promise<FastifyReply> {
  await flush();
  return reply.type('application/x-ndjson').send(Readable.from(toLines(ledgerOf(book))));
}

function* toLines(values: Iterable<unknown>): Generator<string> {
  for (const value of values) yield `${JSON.stringify(value)}\n`;
}

type Work = (parts: GatewayParts, request: FastifyRequest) => object;

function withFaults(parts: GatewayParts, work: Work) {
  const { faults, stats, flush, stopping } = parts;
  const leaveUnanswered = (reply: FastifyReply): FastifyReply => {
    stats.unanswered += 1;
    return hangUp(reply);
  };
  return async (request: FastifyRequest, reply: FastifyReply): Promise<object> => {
    const name = `request ${(stats.requests += 1)}`;
    if (faults.isDown()) return leaveUnanswered(reply);
    await pause(faults.latencyMs(name), [stopping]);
    if (faults.isDown() || stopping.aborted) return leaveUnanswered(reply);
    if (faults.occurs('errorRate', name)) {
      stats.refused += 1;
      throw overloaded();
    }
    const answer = work(parts, request);
    await flush();
    return faults.isDown() || faults.occurs('lostAnswerRate', name) ? leaveUnanswered(reply) : answer;
  };
}

/** Cuts the connection instead of an answer. */
function hangUp(reply: FastifyReply): FastifyReply {
  reply.hijack().raw.destroy();
  return reply;
}

/** A fault that a client is meant to see. It is no failure of this server. */
function overloaded(): HttpRefusal {
  const message = 'the provider is overloaded: ask again';
  return new HttpRefusal('overloaded', 503, { message, headers: { 'Retry-After': '1' } });
}

function approve({ book, settlement, isTold }: GatewayParts, request: FastifyRequest): object {
  const payment = book.approve(readOrder(request, isTold));
  settlement.settleLater(payment);
  const isCancelled = payment.state === 'cancelled';
  return { ...shown(payment), ...(isCancelled ? { state: 'declined', reason: 'cancelled before' } : {}) };
}

function cancel({ book, settlement }: GatewayParts, request: FastifyRequest): object {
  const { traceparent } = request.headers;
  const payment = book.cancel(reservationOf(request), typeof traceparent === 'string' ? traceparent : undefined);
  settlement.settleLater(payment);
  return shown(payment);
}

function find({ book }: GatewayParts, request: FastifyRequest): object {
  const payment = book.find(reservationOf(request));
  if (payment === undefined) {
    throw new HttpRefusal('not-found', 404, { message: 'nobody has asked for a payment of that reservation' });
  }
  return shown(payment);
}

function reservationOf({ params }: FastifyRequest): number {
  return (params as { reservationId: number }).reservationId;
}

function shown({ reservationId, providerId, amount, currency, state, reason }: BookedPayment) {
  return { reservationId, providerId, amount, currency, state, reason };
}
