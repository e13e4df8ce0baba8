import { pause } from '../../abort/deadline.js';
import { HttpRefusal } from '../error-status.js';
import type { BookedPayment, GatewayBook, LedgerLine } from './gateway-book.js';
import type { FaultPlan } from './gateway-faults.js';
import { readOrder, readReservationId } from './gateway-orders.js';
import type { Settlement } from './gateway-settlement.js';
import type { GatewayStats } from './gateway-stats.js';
import { errorAnswer, json, type HttpAnswer } from '../http-answer.js';
import type { HttpRequest } from '../http-request.js';
import type { HttpHandler, Route } from '../http-server.js';

/** The parts that the routes use. */
export interface GatewayParts {
  book: GatewayBook;
  faults: FaultPlan;
  settlement: Settlement;
  stats: GatewayStats;
  /** Resolves when all changes in the book are safe. */
  flush: () => Promise<void>;
  stopping: AbortSignal;
}

const HANG_UP: HttpAnswer = { kind: 'hang-up' };

/**
 * The HTTP API of the fake provider. Faults occur in requests about payments and `/health`. The other routes show what
 * really happened.
 */
export function gatewayRoutes(parts: GatewayParts): Route[] {
  const { book, faults, flush, stats } = parts;
  const underFaults = (work: (request: HttpRequest) => HttpAnswer) => withFaults(parts, work);
  return [
    { method: 'POST', path: '/payments', handle: underFaults((request) => approve(parts, request)) },
    {
      method: 'POST',
      path: '/payments/:reservationId/cancel',
      handle: underFaults((request) => cancel(parts, request)),
    },
    { method: 'GET', path: '/payments/:reservationId', handle: underFaults((request) => find(parts, request)) },
    { method: 'GET', path: '/health', handle: () => (faults.isDown() ? HANG_UP : json({ status: 'up' })) },
    {
      method: 'GET',
      path: '/ledger',
      handle: async () => {
        await flush();
        return { kind: 'lines', lines: ledgerOf(book) };
      },
    },
    { method: 'GET', path: '/admin/stats', handle: () => json(stats) },
    { method: 'GET', path: '/admin/faults', handle: () => json(faults.current()) },
    { method: 'POST', path: '/admin/faults', handle: (request) => json(faults.change(request.json())) },
  ];
}

/** A line for each reservation, in the order in which the provider heard of them. */
export function* ledgerOf(book: GatewayBook): Generator<LedgerLine> {
  for (const { reservationId, charged, refunded } of book.all()) yield { reservationId, charged, refunded };
}

function withFaults(parts: GatewayParts, work: (request: HttpRequest) => HttpAnswer): HttpHandler {
  const { faults, stats, flush, stopping } = parts;
  const hangUp = () => {
    stats.unanswered += 1;
    return HANG_UP;
  };
  return async (request) => {
    const name = `request ${(stats.requests += 1)}`;
    if (faults.isDown()) return hangUp();
    await pause(faults.latencyMs(name), [stopping]);
    if (faults.isDown() || stopping.aborted) return hangUp();
    if (faults.occurs('errorRate', name)) {
      stats.refused += 1;
      return errorAnswer(new HttpRefusal(503, 'the provider is overloaded', 'ask again'));
    }
    const answer = work(request);
    await flush();
    return faults.isDown() || faults.occurs('lostAnswerRate', name) ? hangUp() : answer;
  };
}

function approve({ book, settlement }: GatewayParts, request: HttpRequest): HttpAnswer {
  const payment = book.approve(readOrder(request));
  settlement.settleLater(payment);
  const isCancelled = payment.state === 'cancelled';
  return json({ ...shown(payment), ...(isCancelled ? { state: 'declined', reason: 'cancelled before' } : {}) });
}

function cancel({ book, settlement }: GatewayParts, request: HttpRequest): HttpAnswer {
  const payment = book.cancel(readReservationId(request), request.header('traceparent'));
  settlement.settleLater(payment);
  return json(shown(payment));
}

function find({ book }: GatewayParts, request: HttpRequest): HttpAnswer {
  const reservationId = readReservationId(request);
  const payment = book.find(reservationId);
  if (payment === undefined)
    throw new HttpRefusal(404, `nobody has asked for a payment of reservation ${reservationId}`);
  return json(shown(payment));
}

function shown({ reservationId, providerId, amount, currency, state, reason }: BookedPayment) {
  return { reservationId, providerId, amount, currency, state, reason };
}
