import { TablepickError, type ErrorCode } from '../errors.js';

/** The first word of an error reply is its kind. Servers keep these words stable. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  NOAUTH: 'ACCESS_DENIED',
  WRONGPASS: 'ACCESS_DENIED',
  NOPERM: 'ACCESS_DENIED',
  BUSY: 'REDIS_UNAVAILABLE',
  CLUSTERDOWN: 'REDIS_UNAVAILABLE',
  LOADING: 'REDIS_UNAVAILABLE',
  MASTERDOWN: 'REDIS_UNAVAILABLE',
  MISCONF: 'REDIS_UNAVAILABLE',
  NOREPLICAS: 'REDIS_UNAVAILABLE',
  OOM: 'REDIS_UNAVAILABLE',
  READONLY: 'REDIS_UNAVAILABLE',
  TRYAGAIN: 'REDIS_UNAVAILABLE',
};

const REPLICA_HINT = 'the server is a replica: name the address that leads to the primary';

/**
 * The error for a command when the server replied with an error.
 *
 * @source Redis documentation, "Redis serialization protocol specification", simple errors: the first word is the kind
 * of error.
 */
export function refusedCommand(doing: string, reply: Error): TablepickError {
  const code = CODES[firstWord(reply)] ?? 'REDIS_FAILED';
  return new TablepickError(code, `${doing}: ${reply.message}`, {
    retriable: code === 'REDIS_UNAVAILABLE',
    ...(firstWord(reply) === 'READONLY' ? { hint: REPLICA_HINT } : {}),
    cause: reply,
  });
}

/** The error for a command that cannot be sent or gets no answer. */
export function unavailable(doing: string, why: string, cause?: unknown): TablepickError {
  return new TablepickError('REDIS_UNAVAILABLE', `${doing}: ${why}`, {
    retriable: true,
    hint: 'see whether the server is up; a lost connection is opened again in the background',
    cause,
  });
}

/** True when the server is a replica. Its address may lead to another server now. */
export function isReplica(error: unknown): boolean {
  return error instanceof TablepickError && error.cause instanceof Error && firstWord(error.cause) === 'READONLY';
}

/** True when the server does not know the digest of a script. Then it ran nothing. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof TablepickError && error.cause instanceof Error && firstWord(error.cause) === 'NOSCRIPT';
}

function firstWord(reply: Error): string {
  return /^\S*/.exec(reply.message)![0];
}
