import type { IncomingMessage } from 'node:http';

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';

import { isTablepickError } from '../../errors.js';
import { HttpRefusal } from './http-refusal.js';
import { PROBLEM_TYPE, type ProblemAnswer, problemOf } from './problem.js';
import { type RequestListeners, failedRequest } from '../http/request-listeners.js';

/** Sends a problem as the answer. */
export function sendProblem(reply: FastifyReply, { problem, headers }: ProblemAnswer): FastifyReply {
  // It is text already, so that no schema of the route serializes it.
  return reply.code(problem.status).headers(headers).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** Answers errors as problems, and tells those of the server. */
export function problemHandler(onError: RequestListeners['onError']) {
  return async (error: FastifyError, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = problemOf(error, request.id);
    if (mayStillSend(request.raw)) reply.header('Connection', 'close');
    const isForNobody = request.raw.socket.destroyed;
    if (answer.problem.status >= 500 && !isForNobody && !isOwnRefusal(error)) onError?.(error, failedRequest(request));
    return sendProblem(reply, answer);
  };
}

/** True when the rest of a body, of any length, would be read only to be thrown away. */
function mayStillSend({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 65_536);
}

/** A refusal without a cause, e.g. of too many requests, is no failure. Many of them would fill the log. */
function isOwnRefusal(error: unknown): boolean {
  if (isTablepickError(error, 'BACKLOG_TOO_LONG')) return true;
  return error instanceof HttpRefusal && error.cause === undefined;
}
