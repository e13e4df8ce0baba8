import { isTablepickError } from '../../errors.js';
import { isTold, statusOfCode } from './error-status.js';
import { HttpRefusal } from './http-refusal.js';

/** The content type of a {@link Problem}. @source RFC 9457, 3. */
export const PROBLEM_TYPE = 'application/problem+json';

/**
 * Why a request was not done. Its kind may add members, as `reservationId` in `duplicate`.
 *
 * @source RFC 9457, 3.1.
 */
export interface Problem {
  /** `urn:tablepick:problem:` and the kind. */
  type: string;
  /** The kind in words, always the same for one kind. */
  title: string;
  /** As in the status line. */
  status: number;
  /** `sold-out`, `duplicate`, `wrong-body`, `unknown-slot`, … */
  kind: string;
  /** A sentence about this request. Names no table, user or address of the server. */
  detail?: string | undefined;
  /** What to do next. */
  hint?: string | undefined;
  /** The id of this request, which the server's log has, too. */
  id: string;
}

/** A problem and the headers of its answer. */
export interface ProblemAnswer {
  problem: Problem;
  headers: Readonly<Record<string, string>>;
}

/** A problem of that kind. */
export function createProblem(kind: string, status: number, more: Pick<Problem, 'id' | 'detail' | 'hint'>): Problem {
  const { id, detail, hint } = more;
  const title = kind.replaceAll('-', ' ');
  return { type: `urn:tablepick:problem:${kind}`, title, status, kind, detail, hint, id };
}

/**
 * The answer about `error`. An error of the environment and a defect are told by their kind alone, because their
 * messages name servers, users and tables.
 */
export function problemOf(error: unknown, id: string): ProblemAnswer {
  if (error instanceof HttpRefusal) {
    const { kind, status, message: detail, headers } = error;
    return { problem: createProblem(kind, status, { id, detail }), headers };
  }
  if (isTablepickError(error)) {
    const { code, message: detail, hint } = error;
    const status = statusOfCode(code);
    const kind = code.toLowerCase().replaceAll('_', '-');
    const words = isTold(code) ? { detail, hint } : publicWords(status);
    return answerOf(createProblem(kind, status, { id, ...words }), error.retryAfterSeconds);
  }
  return answerOf(problemOfFramework(error as FrameworkError, id));
}

/** The members of fastify's errors that are used here. */
interface FrameworkError {
  code?: string;
  statusCode?: number;
  /** Set when a part of the request does not fit its schema. */
  validation?: readonly { instancePath: string; message?: string; params?: Record<string, unknown> }[] | undefined;
  validationContext?: string | undefined;
}

/** Kinds of what fastify refuses, by its code. */
const REFUSED_BY_FRAMEWORK: Readonly<Record<string, { kind: string; detail: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    kind: 'wrong-content-type',
    detail: 'a body is JSON, with Content-Type: application/json',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { kind: 'body-too-large', detail: 'the body is longer than this server takes' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { kind: 'wrong-length', detail: 'the body is not as long as its Content-Length' },
  FST_ERR_CTP_INVALID_JSON_BODY: { kind: 'no-json', detail: 'the body is no JSON' },
  FST_ERR_BAD_URL: { kind: 'wrong-path', detail: 'the path is percent-encoded wrongly' },
};

function problemOfFramework(error: FrameworkError | null | undefined, id: string): Problem {
  const { validation, validationContext, code = '', statusCode = 500 } = error ?? {};
  if (validation !== undefined) return problemOfSchema({ validation, validationContext }, id);
  const known = REFUSED_BY_FRAMEWORK[code];
  if (known !== undefined) return createProblem(known.kind, statusCode, { id, detail: known.detail });
  if (error instanceof SyntaxError && statusCode === 400) {
    return createProblem('no-json', 400, { id, detail: 'the body is no JSON' });
  }
  if (statusCode >= 400 && statusCode < 500) return createProblem('wrong-request', statusCode, { id });
  return createProblem('internal', 500, { id, ...publicWords(500) });
}

function problemOfSchema(
  { validation = [], validationContext }: Pick<FrameworkError, 'validation' | 'validationContext'>,
  id: string,
): Problem {
  const part = { params: 'path', querystring: 'query' }[validationContext ?? ''] ?? validationContext ?? 'body';
  const detail = validation
    .map(({ instancePath, message = 'is wrong', params = {} }) => {
      const name = `${part}${instancePath.replaceAll('/', '.')}`;
      const more = typeof params.additionalProperty === 'string' ? `: ${params.additionalProperty.slice(0, 40)}` : '';
      return `${name} ${message}${more}`;
    })
    .join('; ');
  return part === 'body'
    ? createProblem('wrong-body', 422, { id, detail })
    : createProblem(`wrong-${part}`, 400, { id, detail });
}

function answerOf(problem: Problem, retryAfterSeconds = 1): ProblemAnswer {
  return { problem, headers: problem.status === 503 ? { 'Retry-After': String(retryAfterSeconds) } : {} };
}

function publicWords(status: number): { detail: string } {
  return {
    detail:
      status === 503 ? 'something that this server needs is away: ask again' : 'the server failed; its log says why',
  };
}
