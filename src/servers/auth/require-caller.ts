import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { isTablepickError } from '../../errors.js';
import type { WithinLimits } from '../http/request-limits.js';
import { HttpRefusal } from '../problems/http-refusal.js';
import type { Authenticate, Caller } from './caller.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request. Undefined where nobody is asked. */
    caller: Caller | undefined;
  }
}

type CheckCaller = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** A check of callers, and the limits of the requests that wait for it. */
export interface CallerCheck {
  authenticate: Authenticate | undefined;
  withinLimits: WithinLimits;
}

/** The hooks for `onRequest` that find out who sends a request. Without `authenticate`, nobody is asked. */
export function requireCaller(app: FastifyInstance, { authenticate, withinLimits }: CallerCheck): CheckCaller[] {
  app.decorateRequest('caller');
  if (authenticate === undefined) return [];
  const check: CheckCaller = async (request, reply) => {
    const { method, url, headers } = request;
    const about = { method, url, headers, request };
    const caller = await withinLimits(reply, () => findCaller(authenticate, about));
    if (!isCaller(caller)) throw unauthenticated(headers.authorization !== undefined);
    request.caller = caller;
  };
  return [check];
}

/** A check of users' own may say that nobody is known by null, false, or a guest without an id. */
function isCaller(found: unknown): found is Caller {
  const { memberId, isOperator } = (found ?? {}) as Caller;
  if (memberId === undefined) return isOperator === true;
  return Number.isSafeInteger(memberId) && memberId > 0;
}

/**
 * The guest whom a request is for: the caller, or the one whom an operator names. Where nobody is asked who they are,
 * the request names the guest.
 *
 * @throws `HttpRefusal` of 403 when a guest names another one, of 400 when none is named.
 */
export function memberOf(caller: Caller | undefined, named: number | undefined): number {
  if (caller?.isOperator === true && named !== undefined) return named;
  const memberId = caller === undefined ? named : caller.memberId;
  if (memberId === undefined) throw new HttpRefusal('no-member', 400, { message: 'the request names no memberId' });
  if (named !== undefined && named !== memberId) {
    throw new HttpRefusal('not-yours', 403, { message: 'the request names another guest than its sender' });
  }
  return memberId;
}

async function findCaller(authenticate: Authenticate, about: Parameters<Authenticate>[0]): Promise<unknown> {
  try {
    return await authenticate(about);
  } catch (error) {
    if (error instanceof HttpRefusal || isTablepickError(error)) throw error;
    throw new CallerUnknown(error);
  }
}

/** The check of callers failed, so nobody knows whether the request is allowed. */
class CallerUnknown extends HttpRefusal {
  constructor(cause: unknown) {
    super('authentication-unavailable', 503, {
      message: 'it could not be checked who sends the request: ask again',
      headers: { 'Retry-After': '1' },
    });
    this.cause = cause;
  }
}

/** @source RFC 6750, 3. */
function unauthenticated(isWrong: boolean): HttpRefusal {
  const message = isWrong ? 'the token is wrong or its time is over' : 'the request has no bearer token';
  const challenge = isWrong ? 'Bearer error="invalid_token"' : 'Bearer';
  return new HttpRefusal('unauthenticated', 401, { message, headers: { 'WWW-Authenticate': challenge } });
}
