import { randomBytes, randomUUID } from 'node:crypto';

import type { FastifyReply, FastifyRequest } from 'fastify';

import type { Database } from '../../database/index.js';
import { readTrace } from '../../messaging/envelope/message.js';
import type { ReservationOutcome, ReservationRequest, Reservations } from '../../reservations/index.js';
import { readSagas } from '../../saga/list-sagas.js';
import { memberOf } from '../auth/require-caller.js';
import type { WithinLimits } from '../http/request-limits.js';
import { createProblem } from '../problems/problem.js';
import { sendProblem } from '../problems/send-problem.js';

/** What a reserve needs beside its request. */
export interface ReserveContext {
  database: Database;
  reservations: Pick<Reservations, 'reserve'>;
  /** How long a reservation waits for its payment. */
  holdTtlMs: number;
  withinLimits: WithinLimits;
}

type ReserveBody = Omit<ReservationRequest, 'memberId' | 'idempotencyKey' | 'holdTtlMs' | 'traceparent'> & {
  memberId?: number;
  idempotencyKey?: string;
};

/**
 * 201 when the reservation is made, now or by an earlier request of the same key. 409 when it cannot be made, and 503
 * when asking again may succeed: the kind of the problem is that of the strategy's outcome.
 */
export async function reserve(
  context: ReserveContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { database, reservations, holdTtlMs, withinLimits } = context;
  const body = request.body as ReserveBody;
  const memberId = memberOf(request.caller, body.memberId);
  const given = keyOf(request) ?? body.idempotencyKey;
  const idempotencyKey = given ?? randomUUID();
  const asked = { ...body, memberId, idempotencyKey, holdTtlMs, traceparent: traceOf(request) } as ReservationRequest;
  const { outcome, status } = await withinLimits(reply, async (signal) => {
    const reached = await reservations.reserve(asked, { signal });
    // A request that names its key may be a repeated one, and its reservation may be over by now.
    const isNew = given === undefined || reached.kind !== 'reserved';
    return { outcome: reached, status: isNew ? 'PENDING' : await readStatus(database, reached.reservationId, signal) };
  });
  if (outcome.kind !== 'reserved') return sendRefusal(reply, outcome, idempotencyKey);
  const { kind, reservationId } = outcome;
  reply.code(201).header('Location', `/reservations/${reservationId}`);
  return reply.send({ kind, reservationId, status, idempotencyKey });
}

type Refusal = Exclude<ReservationOutcome, { kind: 'reserved' }>;

const REFUSALS: Readonly<Record<Refusal['kind'], { status: number; detail: string }>> = {
  'sold-out': { status: 409, detail: 'the slot has too few seats' },
  duplicate: { status: 409, detail: 'the guest holds a reservation of the slot already' },
  contended: { status: 503, detail: 'too many requests want the slot now: ask again' },
  unknown: { status: 503, detail: 'it is not known whether the reservation was made: ask again with the same key' },
};

/** No error is thrown: when a slot is sold out, this is the answer to most requests. */
function sendRefusal(reply: FastifyReply, outcome: Refusal, idempotencyKey: string): FastifyReply {
  const { status, detail } = REFUSALS[outcome.kind];
  const about = createProblem(outcome.kind, status, { id: reply.request.id, detail });
  const problem = { ...about, ...outcome, idempotencyKey };
  return sendProblem(reply, { problem, headers: status === 503 ? { 'Retry-After': '1' } : {} });
}

async function readStatus(database: Database, reservationId: number, signal: AbortSignal): Promise<string | null> {
  const [saga] = await readSagas(database, [reservationId], { signal });
  return saga?.status ?? null;
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  return Array.isArray(key) ? key.join(', ') : key;
}

/** The trace that the caller names. When it names none that can be read, a new one. */
function traceOf({ headers: { traceparent } }: FastifyRequest): string {
  return (
    readTrace(typeof traceparent === 'string' ? traceparent : undefined) ??
    `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
  );
}
