/**
 * Errors, the retry rule and the connection. All other parts have a subpath: `tablepick/slots`,
 * `tablepick/reservations`, `tablepick/messaging`, …
 *
 * @packageDocumentation
 */
export { connect, migrate, type ConnectOptions, type Database } from './database/index.js';
export { TablepickError, isTablepickError, type ErrorCode, type ErrorDetails } from './errors.js';
export {
  backoffMs,
  defaultRetryBudgets,
  retryTransient,
  type RetryBudget,
  type RetryBudgets,
  type RetryEvent,
  type RetryOptions,
} from './retry.js';
