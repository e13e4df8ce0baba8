import { isTablepickError } from '../../errors.js';
import type { FailedRequest } from '../../servers/index.js';
import { HttpRefusal } from '../../servers/problems/http-refusal.js';

/** Causes that are told behind an error. */
const MOST_CAUSES = 5;

/** Places of a stack that are told. */
const MOST_PLACES = 4;

/** An error of a request in one line. The request is undefined when the error came from none. */
export function describeHttpError(service: string, error: unknown, request?: FailedRequest): string {
  const about = request === undefined ? '' : ` request ${request.id}, ${request.method} ${request.path}:`;
  return `${service}:${about} ${describeError(error)}`;
}

/** An error with its causes in one line. A defect is told with the places where it arose. */
export function describeError(error: unknown): string {
  let told = String(error);
  for (const cause of causesOf(error)) {
    const text = textOf(cause);
    if (!told.includes(text)) told = `${told}: ${text}`;
  }
  return `${told}${placesOf(error)}`.replace(/\s*\n\s*/g, ' ');
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let each = causeOf(error); each !== undefined && causes.length < MOST_CAUSES; each = causeOf(each)) {
    causes.push(each);
  }
  return causes;
}

/** Node joins the errors of several addresses of one host, and gives them no message. */
function causeOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.message === '') return error.errors[0] as unknown;
  return error instanceof Error ? error.cause : undefined;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function placesOf(error: unknown): string {
  if (!(error instanceof Error) || isTablepickError(error) || error instanceof HttpRefusal) return '';
  const places = error.stack?.match(/^ +at .+$/gm)?.slice(0, MOST_PLACES) ?? [];
  return places.length === 0 ? '' : ` (${places.map((place) => place.trim()).join(', ')})`;
}
