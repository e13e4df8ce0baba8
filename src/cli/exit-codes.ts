import { type ErrorCode, isTablepickError } from '../errors.js';

/** The meaning of each exit code. 129, 130 and 143 stand for a stop by SIGHUP, SIGINT and SIGTERM. */
export const exitCodes = { done: 0, failed: 1, usage: 2, broken: 3, regressed: 4, refused: 5 } as const;

/** The signals that stop a command. */
export type StopSignalName = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

/** Exit code after a stop by each signal, as shells have it: 128 plus the signal's number. */
export const signalExitCodes: Readonly<Record<StopSignalName, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Every signal that stops a command. */
export const stopSignalNames = Object.keys(signalExitCodes) as readonly StopSignalName[];

const { failed, usage, broken, refused } = exitCodes;

const errorExitCodes: Readonly<Record<ErrorCode, number>> = {
  BAD_OPTION: usage,
  BAD_URL: usage,
  BAD_RULE: usage,
  BAD_RANGE: usage,
  UNKNOWN_RESTAURANT: usage,
  BAD_REQUEST: usage,
  UNKNOWN_SLOT: usage,
  PARTY_TOO_LARGE: usage,
  BAD_AMOUNT: usage,
  BAD_MESSAGE: usage,
  BAD_SIGNATURE: usage,
  MESSAGE_TOO_LARGE: usage,
  UNKNOWN_TOPIC: usage,
  DATABASE_NOT_EMPTY: refused,
  NOT_A_SCRATCH_SCHEMA: refused,
  NOT_CONFIRMED: refused,
  LOCAL_INFILE_OFF: refused,
  NAMED_LOCKS_OFF: refused,
  PEER_UNAVAILABLE: refused,
  RUN_FINISHED: refused,
  RUN_ACTIVE: refused,
  RUN_TAKEN_OVER: refused,
  RUN_ROLLED_BACK: refused,
  RUN_UNKNOWN: refused,
  RULES_CHANGED: refused,
  TABLE_UNFIT: refused,
  SERVER_UNFIT: refused,
  TABLE_CHANGED: refused,
  SCHEMA_DRIFT: refused,
  SLOT_PAST: refused,
  NUMBER_TOO_LARGE: refused,
  IDEMPOTENCY_KEY_REUSED: refused,
  DEAD_LETTER_UNKNOWN: refused,
  REDRIVE_REFUSED: refused,
  SAGA_UNKNOWN: refused,
  SAGA_NOT_STUCK: refused,
  PAYMENT_MISMATCH: refused,
  SLOTS_DIFFER: broken,
  INVARIANT_BROKEN: broken,
  ABORTED: signalExitCodes.SIGINT,
  ACCESS_DENIED: failed,
  BACKLOG_TOO_LONG: failed,
  BAD_ROW: failed,
  COMMIT_UNKNOWN: failed,
  CONFLICT: failed,
  CONNECTION_LOST: failed,
  DISK_FULL: failed,
  FILE_FAILED: failed,
  GATEWAY_REFUSED: failed,
  GATEWAY_UNAVAILABLE: failed,
  MAIL_FAILED: failed,
  MISSING_TABLE: failed,
  PAYMENT_NOT_SETTLED: failed,
  PEER_FAILED: failed,
  POOL_TIMEOUT: failed,
  QUERY_FAILED: failed,
  REDIS_FAILED: failed,
  REDIS_UNAVAILABLE: failed,
  SANDBOX_FAILED: failed,
  SANDBOX_UNAVAILABLE: failed,
  SERVER_UNREACHABLE: failed,
  SERVER_UNSUPPORTED: failed,
  TRANSPORT_FAILED: failed,
  TRANSPORT_UNAVAILABLE: failed,
  UNKNOWN_DATABASE: failed,
};

/** The exit code for a command that ended in `error`; a defect (no `TablepickError`) counts as failed. */
export function exitCodeOfError(error: unknown): number {
  return isTablepickError(error) ? errorExitCodes[error.code] : failed;
}
