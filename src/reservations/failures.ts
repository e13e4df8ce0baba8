import { isTablepickError } from '../errors.js';

/** True when the error may come from one of several requests served together: a row or a statement the server refuses, or the service's own code. */
export function isOfOneRequest(error: unknown): boolean {
  return !isTablepickError(error) || isTablepickError(error, 'BAD_ROW', 'QUERY_FAILED');
}
