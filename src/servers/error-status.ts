import { TablepickError, isTablepickError, type ErrorCode } from '../errors.js';

/** The HTTP status for each error. 503: asking again may succeed. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_OPTION: 400,
  BAD_URL: 400,
  BAD_RULE: 400,
  BAD_RANGE: 400,
  UNKNOWN_RESTAURANT: 404,
  BAD_REQUEST: 400,
  UNKNOWN_SLOT: 404,
  PARTY_TOO_LARGE: 400,
  BAD_AMOUNT: 400,
  BAD_MESSAGE: 400,
  BAD_SIGNATURE: 401,
  MESSAGE_TOO_LARGE: 413,
  UNKNOWN_TOPIC: 404,
  DATABASE_NOT_EMPTY: 409,
  NOT_A_SCRATCH_SCHEMA: 409,
  NOT_CONFIRMED: 409,
  LOCAL_INFILE_OFF: 500,
  NAMED_LOCKS_OFF: 500,
  PEER_UNAVAILABLE: 500,
  RUN_FINISHED: 409,
  RUN_ACTIVE: 409,
  RUN_TAKEN_OVER: 409,
  RUN_ROLLED_BACK: 409,
  RUN_UNKNOWN: 404,
  RULES_CHANGED: 409,
  TABLE_CHANGED: 500,
  TABLE_UNFIT: 500,
  SERVER_UNFIT: 500,
  SCHEMA_DRIFT: 500,
  SLOT_PAST: 409,
  NUMBER_TOO_LARGE: 500,
  IDEMPOTENCY_KEY_REUSED: 409,
  DEAD_LETTER_UNKNOWN: 404,
  REDRIVE_REFUSED: 409,
  SAGA_UNKNOWN: 404,
  SAGA_NOT_STUCK: 409,
  PAYMENT_MISMATCH: 409,
  SLOTS_DIFFER: 500,
  INVARIANT_BROKEN: 500,
  ABORTED: 503,
  ACCESS_DENIED: 500,
  BAD_ROW: 500,
  COMMIT_UNKNOWN: 503,
  CONFLICT: 503,
  CONNECTION_LOST: 503,
  DISK_FULL: 503,
  FILE_FAILED: 503,
  GATEWAY_REFUSED: 502,
  GATEWAY_UNAVAILABLE: 503,
  MAIL_FAILED: 500,
  MISSING_TABLE: 500,
  PAYMENT_NOT_SETTLED: 503,
  PEER_FAILED: 500,
  POOL_TIMEOUT: 503,
  QUERY_FAILED: 500,
  REDIS_FAILED: 500,
  REDIS_UNAVAILABLE: 503,
  SANDBOX_FAILED: 500,
  SANDBOX_UNAVAILABLE: 500,
  SERVER_UNREACHABLE: 503,
  SERVER_UNSUPPORTED: 500,
  TRANSPORT_FAILED: 500,
  TRANSPORT_UNAVAILABLE: 503,
  UNKNOWN_DATABASE: 500,
};

/** A request that a server refuses with a status of its own, because the code alone does not say it. */
export class HttpRefusal extends TablepickError {
  readonly status: number;

  constructor(status: number, message: string, hint?: string) {
    super('BAD_REQUEST', message, hint === undefined ? {} : { hint });
    this.name = 'HttpRefusal';
    this.status = status;
  }
}

/** The status of an answer about `error`; a defect (no `TablepickError`) is 500. */
export function statusOfError(error: unknown): number {
  if (error instanceof HttpRefusal) return error.status;
  return isTablepickError(error) ? STATUS[error.code] : 500;
}
