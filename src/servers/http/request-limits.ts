import type { ServerResponse } from 'node:http';

import type { FastifyReply } from 'fastify';

import { within } from '../../abort/within.js';
import { HttpRefusal } from '../problems/http-refusal.js';

/** Limits of the requests of some routes. */
export interface RequestLimits {
  /** Requests under way from which further ones are answered 503. Default 5000. */
  maxPending?: number | undefined;
  /** After this time a request is answered 503, whatever it waits for. In milliseconds. Default 10000. */
  answerWithinMs?: number | undefined;
}

/** When the time of an answer is over. Its first work may be the check of its caller. */
const ENDS_AT = Symbol('end of its time');

interface TimedResponse extends ServerResponse {
  [ENDS_AT]?: number;
}

/** Runs the work of a request within its limits. */
export type WithinLimits = <T>(reply: FastifyReply, work: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * Returns a function that runs the work of requests within limits. The signal of the work aborts when its time is over
 * or its connection is gone. Work counts as under way until it has ended, even when its request was answered before.
 *
 * @throws (the returned function) `HttpRefusal` of 503; what the work throws.
 */
export function createRequestLimits({ maxPending = 5000, answerWithinMs = 10_000 }: RequestLimits): WithinLimits {
  let pending = 0;
  return async (reply, work) => {
    const raw: TimedResponse = reply.raw;
    if (pending >= maxPending) throw refusal('overloaded', 'too many requests are under way: ask again');
    pending += 1;
    const controller = new AbortController();
    raw.once('close', () => {
      if (!raw.writableFinished) controller.abort(new Error('the client hung up'));
    });
    const endsAtMs = (raw[ENDS_AT] ??= performance.now() + answerWithinMs);
    const working = work(controller.signal).finally(() => (pending -= 1));
    return within(endsAtMs - performance.now(), working, () => {
      controller.abort(new Error(`no answer within ${answerWithinMs} ms`));
      return refusal('timeout', 'no answer in time: ask again, with the same Idempotency-Key');
    });
  };
}

function refusal(kind: string, message: string): HttpRefusal {
  return new HttpRefusal(kind, 503, { message, headers: { 'Retry-After': '1' } });
}
