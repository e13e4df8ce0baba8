import { isTablepickError } from '../../errors.js';

/**
 * True when the error may come from one of several requests served together: a row or a statement that the server
 * refuses, or the service's own code. With `recordChanges`, also an error of a table or a right, because each request
 * may write to another table.
 */
export function isOfOneRequest(error: unknown, recordChanges: unknown): boolean {
  if (!isTablepickError(error) || isTablepickError(error, 'BAD_ROW', 'QUERY_FAILED')) return true;
  return recordChanges !== undefined && isTablepickError(error, 'MISSING_TABLE', 'ACCESS_DENIED', 'BAD_OPTION');
}
