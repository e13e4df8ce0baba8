/**
 * Every possible `code` of a {@link TablepickError}. Codes are stable. Messages are for people and may change.
 *
 * The first group is wrong usage, the second a refusal that names the next command, the third a broken invariant, the
 * last a failure of the environment.
 */
export type ErrorCode =
  | 'BAD_OPTION'
  | 'BAD_URL'
  | 'BAD_RULE'
  | 'BAD_RANGE'
  | 'UNKNOWN_RESTAURANT'
  | 'BAD_REQUEST'
  | 'UNKNOWN_SLOT'
  | 'PARTY_TOO_LARGE'
  | 'BAD_AMOUNT'
  | 'BAD_MESSAGE'
  | 'BAD_SIGNATURE'
  | 'MESSAGE_TOO_LARGE'
  | 'UNKNOWN_TOPIC'
  // refusals
  | 'DATABASE_NOT_EMPTY'
  | 'NOT_A_SCRATCH_SCHEMA'
  | 'NOT_CONFIRMED'
  | 'LOCAL_INFILE_OFF'
  | 'NAMED_LOCKS_OFF'
  | 'PEER_UNAVAILABLE'
  | 'RUN_FINISHED'
  | 'RUN_ACTIVE'
  | 'RUN_TAKEN_OVER'
  | 'RUN_ROLLED_BACK'
  | 'RUN_UNKNOWN'
  | 'RULES_CHANGED'
  | 'TABLE_CHANGED'
  | 'TABLE_UNFIT'
  | 'SERVER_UNFIT'
  | 'SCHEMA_DRIFT'
  | 'SLOT_PAST'
  | 'NUMBER_TOO_LARGE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'DEAD_LETTER_UNKNOWN'
  | 'REDRIVE_REFUSED'
  | 'SAGA_UNKNOWN'
  | 'SAGA_NOT_STUCK'
  | 'PAYMENT_MISMATCH'
  // broken invariants
  | 'SLOTS_DIFFER'
  | 'INVARIANT_BROKEN'
  // failures
  | 'ABORTED'
  | 'ACCESS_DENIED'
  | 'BACKLOG_TOO_LONG'
  | 'BAD_ROW'
  | 'COMMIT_UNKNOWN'
  | 'CONFLICT'
  | 'CONNECTION_LOST'
  | 'DISK_FULL'
  | 'FILE_FAILED'
  | 'GATEWAY_REFUSED'
  | 'GATEWAY_UNAVAILABLE'
  | 'MAIL_FAILED'
  | 'MISSING_TABLE'
  | 'PAYMENT_NOT_SETTLED'
  | 'PEER_FAILED'
  | 'POOL_TIMEOUT'
  | 'QUERY_FAILED'
  | 'REDIS_FAILED'
  | 'REDIS_UNAVAILABLE'
  | 'SANDBOX_FAILED'
  | 'SANDBOX_UNAVAILABLE'
  | 'SERVER_UNREACHABLE'
  | 'SERVER_UNSUPPORTED'
  | 'TRANSPORT_FAILED'
  | 'TRANSPORT_UNAVAILABLE'
  | 'UNKNOWN_DATABASE';

/** The data of a {@link TablepickError} beside its message. */
export interface ErrorDetails {
  /** True when a retry of the whole unit of work may succeed. Default false. */
  retriable?: boolean;
  /** When a retry may succeed, in seconds from now. */
  retryAfterSeconds?: number;
  /** The next step for the operator: one sentence, if possible with a command. */
  hint?: string;
  /** The error that caused this one. */
  cause?: unknown;
}

/**
 * The error class of the library, with a stable `code`. It tells whether a retry may succeed, and its hint names the
 * next step.
 */
export class TablepickError extends Error {
  readonly code: ErrorCode;
  readonly retriable: boolean;
  /** When a retry may succeed, in seconds from now, if that is known. */
  readonly retryAfterSeconds: number | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'TablepickError';
    this.code = code;
    this.retriable = details.retriable ?? false;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.hint = details.hint;
  }
}

/**
 * True when `error` is a {@link TablepickError}, optionally with one of `codes`.
 *
 * @example
 * const request = { slotId: 1, memberId: 7, partySize: 2, idempotencyKey: 'k1' };
 * const outcome = await reservations.reserve(request).catch((error: unknown) => {
 *   if (!isTablepickError(error, 'POOL_TIMEOUT')) throw error;
 * });
 */
export function isTablepickError(error: unknown, ...codes: ErrorCode[]): error is TablepickError {
  return error instanceof TablepickError && (codes.length === 0 || codes.includes(error.code));
}

/** `first` with the message of a second failure during cleanup. Code, `retriable` and hint stay those of `first`. */
export function joinFailures(first: unknown, second: unknown): unknown {
  if (!(first instanceof TablepickError)) return new AggregateError([first, second], String(first));
  const { code, retriable, hint } = first;
  const details = { retriable, cause: new AggregateError([first, second]), ...(hint === undefined ? {} : { hint }) };
  return new TablepickError(code, `${first.message}; and on the way out: ${String(second)}`, details);
}
