import { type ErrorCode, TablepickError, isTablepickError } from '../../../errors.js';

/** Error numbers of the brokers. @source Kafka documentation, "Kafka protocol guide", error codes. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  3: 'UNKNOWN_TOPIC', // UNKNOWN_TOPIC_OR_PARTITION
  17: 'UNKNOWN_TOPIC', // INVALID_TOPIC_EXCEPTION: nobody can have created it
  10: 'MESSAGE_TOO_LARGE', // MESSAGE_TOO_LARGE
  18: 'MESSAGE_TOO_LARGE', // RECORD_LIST_TOO_LARGE
  29: 'UNKNOWN_TOPIC', // TOPIC_AUTHORIZATION_FAILED: without access, the topic does not exist for the program
  32: 'BAD_MESSAGE', // INVALID_TIMESTAMP
  44: 'BAD_MESSAGE', // POLICY_VIOLATION
  87: 'BAD_MESSAGE', // INVALID_RECORD
  30: 'ACCESS_DENIED', // GROUP_AUTHORIZATION_FAILED
  31: 'ACCESS_DENIED', // CLUSTER_AUTHORIZATION_FAILED
  58: 'ACCESS_DENIED', // SASL_AUTHENTICATION_FAILED
};

/** Errors at which KafkaJS gives up, but which a new producer or a new member overcomes. @source As {@link CODES}. */
const OVERCOME: ReadonlySet<number> = new Set([
  45, // OUT_OF_ORDER_SEQUENCE_NUMBER
  46, // DUPLICATE_SEQUENCE_NUMBER
  47, // INVALID_PRODUCER_EPOCH
  59, // UNKNOWN_PRODUCER_ID
  22, // ILLEGAL_GENERATION
  25, // UNKNOWN_MEMBER_ID
  27, // REBALANCE_IN_PROGRESS
]);

/** Errors when another member has the partition by now, or while it is handed over. @source As {@link CODES}. */
const NOT_OURS: ReadonlySet<number> = new Set([
  22, // ILLEGAL_GENERATION
  25, // UNKNOWN_MEMBER_ID
  27, // REBALANCE_IN_PROGRESS
]);

/**
 * Errors of brokers that do not answer, when KafkaJS does not call them retriable. When it is not connected to a
 * broker, it throws a bare `Error`.
 */
const UNREACHED: ReadonlySet<string> = new Set([
  'Error',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
  'KafkaJSGroupCoordinatorNotFound',
]);

const HINTS: Partial<Record<ErrorCode, string>> = {
  UNKNOWN_TOPIC: "create it with createTopics, correct the name, or see the brokers' access lists",
  MESSAGE_TOO_LARGE: "send a reference to where the data is, or raise the topic's max.message.bytes",
  ACCESS_DENIED: "see sasl (--kafka-sasl, --kafka-user and its password), ssl and the brokers' access lists",
};

/** Converts an error of KafkaJS to a `TablepickError`. A `TablepickError` stays as it is. */
export function kafkaError(doing: string, error: unknown, brokers: readonly string[]): TablepickError {
  if (isTablepickError(error)) return error;
  const root = rootOf(error);
  const code = codeOf(root);
  const isAway = code === 'TRANSPORT_UNAVAILABLE';
  const hint = isAway ? hintOfAway(root.message, brokers) : HINTS[code];
  const details = { retriable: isAway, cause: error, ...(hint === undefined ? {} : { hint }) };
  return new TablepickError(code, `${doing}: ${root.message}`, details);
}

/** Words of Node and OpenSSL for a certificate that is not trusted or not sent, and for a side that speaks no TLS. */
const TLS_FAILED = /certificate|TLS|SSL|altnames/;

/** Brokers that want a login or TLS close a connection without an answer. */
function hintOfAway(message: string, brokers: readonly string[]): string {
  const names = brokers.join(', ');
  if (TLS_FAILED.test(message)) {
    return `see ssl (--kafka-tls, --kafka-ca, --kafka-cert, --kafka-key) and what the listeners of ${names} speak`;
  }
  if (message === 'Closed connection') {
    return `see whether the brokers are up, or want a login (--kafka-sasl) or TLS (--kafka-tls): ${names}`;
  }
  return `see whether the brokers are up and can be reached: ${names}`;
}

/** True when a commit was refused because the partition is not the subscription's at present. */
export function isNotOurs(error: unknown): boolean {
  return NOT_OURS.has(rootOf(error).number);
}

function codeOf({ name, number, retriable }: RootError): ErrorCode {
  if (name === 'KafkaJSSASLAuthenticationError') return 'ACCESS_DENIED';
  const isAway = retriable || UNREACHED.has(name) || OVERCOME.has(number);
  return CODES[number] ?? (isAway ? 'TRANSPORT_UNAVAILABLE' : 'TRANSPORT_FAILED');
}

interface RootError {
  name: string;
  message: string;
  /** The broker's error number. NaN when it did not answer. */
  number: number;
  /** Whether KafkaJS calls it retriable. */
  retriable: boolean;
}

interface WrappedError {
  name?: string;
  message?: string;
  code?: unknown;
  retriable?: boolean;
  cause?: unknown;
  errors?: unknown[];
}

/**
 * The innermost error. KafkaJS wraps an error in one that counts the tries, and the errors of several topics in a list.
 */
function rootOf(error: unknown): RootError {
  let root = error as WrappedError;
  for (;;) {
    const inner = root.errors?.[0] ?? root.cause;
    if (!(inner instanceof Error)) break;
    root = inner;
  }
  const { name = '', message = String(error), code, retriable = false } = root;
  return { name, message, number: typeof code === 'number' ? code : NaN, retriable };
}
