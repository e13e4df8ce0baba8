import { randomBytes, randomUUID } from 'node:crypto';

import type { Database } from '../database/index.js';
import { TablepickError } from '../errors.js';
import { readTrace } from '../messaging/envelope/message.js';
import type { CancelOutcome, ReservationOutcome, ReservationRequest, Reservations } from '../reservations/index.js';
import { readSagas } from '../saga/list-sagas.js';
import { json, type HttpAnswer, type JsonAnswer } from './http-answer.js';
import type { HttpRequest } from './http-request.js';
import { type HttpServer, type RequestServed, startHttpServer } from './http-server.js';
import { readId } from './read-id.js';

/** Settings of {@link startReservationServer}. */
export interface ReservationServerOptions {
  database: Database;
  reservations: Reservations;
  /** Default `127.0.0.1`. */
  host?: string | undefined;
  /** Default 0: a free port. */
  port?: number | undefined;
  /** How long a reservation waits for its payment when the request does not say it. Default ten minutes. */
  holdTtlMs?: number | undefined;
  onError: (error: unknown) => void;
  onServed?: ((served: RequestServed) => void) | undefined;
}

/**
 * The reservation service over HTTP: `POST /reservations`, `GET` and `DELETE /reservations/:id`, `GET /health`. A
 * reservation that is answered 201 is committed, and so is the message that asks for its payment.
 *
 * @throws `BAD_OPTION` when it may not listen there.
 * @example
 * const server = await startReservationServer({ database, reservations, port: 8080, onError: console.error });
 */
export function startReservationServer(options: ReservationServerOptions): Promise<HttpServer> {
  const { host, port, onServed } = options;
  const onError = (error: unknown): void => options.onError(error);
  return startHttpServer({
    host,
    port,
    onError,
    onServed,
    routes: [
      { method: 'POST', path: '/reservations', handle: (request) => reserve(options, request) },
      {
        method: 'GET',
        path: '/reservations/:id',
        handle: ({ params }) => show(options, idOf('the reservation', params.id)),
      },
      { method: 'DELETE', path: '/reservations/:id', handle: (request) => cancel(options, request) },
      { method: 'GET', path: '/health', handle: () => health(options) },
    ],
  });
}

/**
 * 201 when the reservation is made, now or by an earlier request of the same key. 409 when it cannot be made: the body
 * says why, as a strategy's outcome does. 503 when asking again may succeed.
 */
async function reserve(
  { database, reservations, holdTtlMs = 600_000 }: ReservationServerOptions,
  request: HttpRequest,
): Promise<HttpAnswer> {
  const body = request.json();
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw bad('the body is no object');
  const ownKey = randomUUID();
  const idempotencyKey = request.header('Idempotency-Key') ?? ownKey;
  const traceparent = traceOf(request);
  // The reservations check the values themselves.
  const asked = { holdTtlMs, idempotencyKey, ...body, traceparent } as ReservationRequest;
  const outcome = await reservations.reserve(asked, { signal: request.signal });
  if (outcome.kind === 'reserved') {
    const isNew = asked.idempotencyKey === ownKey;
    const status = isNew ? 'PENDING' : await readStatus(database, outcome.reservationId);
    return json({ ...outcome, status, idempotencyKey: asked.idempotencyKey }, 201);
  }
  return refusalOf(outcome, asked.idempotencyKey);
}

function refusalOf(outcome: Exclude<ReservationOutcome, { kind: 'reserved' }>, idempotencyKey: string): JsonAnswer {
  switch (outcome.kind) {
    case 'sold-out':
    case 'duplicate':
      return json({ ...outcome, idempotencyKey }, 409);
    case 'contended':
    case 'unknown':
      return { ...json({ ...outcome, idempotencyKey }, 503), headers: { 'Retry-After': '1' } };
  }
}

/** The status for a request that may be a repeated one: its reservation may be over by now. */
async function readStatus(database: Database, reservationId: number): Promise<string | null> {
  const [saga] = await readSagas(database, [reservationId]);
  return saga?.status ?? null;
}

async function show({ database }: ReservationServerOptions, reservationId: number): Promise<HttpAnswer> {
  const [saga] = await readSagas(database, [reservationId]);
  // When a reservation is gone, its compensation may still be there.
  if (saga === undefined || saga.status === null)
    throw new TablepickError('SAGA_UNKNOWN', `there is no reservation ${reservationId}`);
  return json(saga);
}

const CANCEL_STATUS: Readonly<Record<Exclude<CancelOutcome['kind'], 'not-owner'>, number>> = {
  cancelled: 200,
  'already-cancelled': 200,
  expired: 409,
  'not-found': 404,
};

async function cancel(
  { reservations }: ReservationServerOptions,
  { params, query, signal }: HttpRequest,
): Promise<HttpAnswer> {
  const reservationId = idOf('the reservation', params.id);
  const memberId = idOf('memberId in the URL', query.get('memberId') ?? '');
  const outcome = await reservations.cancel({ reservationId, memberId }, { signal });
  // Another guest's reservation is answered as a missing one, so that nobody learns which ids are taken.
  const kind = outcome.kind === 'not-owner' ? 'not-found' : outcome.kind;
  return json({ reservationId, kind }, CANCEL_STATUS[kind]);
}

async function health({ database }: ReservationServerOptions): Promise<HttpAnswer> {
  await database.query('SELECT 1');
  return json({ ok: true });
}

function idOf(what: string, text: string | undefined): number {
  const id = readId(text);
  if (id === undefined) throw bad(`${what} is '${text}'`);
  return id;
}

function bad(why: string): TablepickError {
  return new TablepickError('BAD_REQUEST', why, {
    hint: 'POST /reservations {"slotId":17,"memberId":7,"partySize":2}; GET /reservations/1; DELETE /reservations/1?memberId=7',
  });
}

/** The trace that the caller names. When it names none that can be read, a new one. */
function traceOf(request: HttpRequest): string {
  return (
    readTrace(request.header('traceparent')) ??
    `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
  );
}
