import { type ErrorCode, isTablepickError } from '../../errors.js';

const ENVIRONMENT: readonly ErrorCode[] = [
  'CONNECTION_LOST',
  'CONFLICT',
  'POOL_TIMEOUT',
  'COMMIT_UNKNOWN',
  'DISK_FULL',
  'SERVER_UNREACHABLE',
  'TRANSPORT_UNAVAILABLE',
];

/** Whether an error is no fault of the message. The consumer waits until it is over. */
export function isOfEnvironment(error: unknown): boolean {
  return isTablepickError(error, ...ENVIRONMENT);
}

/** Wait after an error of the environment, in milliseconds. */
export const ENVIRONMENT_WAIT_MS = 500;
