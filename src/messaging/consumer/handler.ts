import type { Transaction } from '../../database/index.js';
import type { Message } from '../envelope/message.js';

/** Arguments of a handler beside its message. */
export interface HandlerContext {
  /** The group that handles it. */
  group: string;
  /** 1 for the first try. */
  attempt: number;
  /** True when a failure now makes the message a dead letter. */
  isLastAttempt: boolean;
  /** Fires when the consumer stops. Then end soon, and fail unless all is done. */
  signal: AbortSignal;
  /**
   * Runs `work` in the transaction that notes the message as handled. The effect happens once, however often the
   * message comes. Undefined when it was handled before.
   */
  once<T>(work: (tx: Transaction) => Promise<T>): Promise<T | undefined>;
  /**
   * Whether the message is handled by now, e.g. by another process that received it, too. Ask before you begin an
   * effect outside of the database again.
   */
  isHandled(): Promise<boolean>;
  /**
   * Writes only the note, in a transaction of the handler's own. When it resolves with false, the message was handled
   * before and nothing may be written.
   */
  noteHandled(tx: Transaction): Promise<boolean>;
}

/** Handles messages of one type. */
export interface MessageHandler {
  /** The handler's name in dead letters. */
  name: string;
  /** Highest schema version it understands. Default 1. */
  version?: number | undefined;
  /**
   * Resolves when the message is handled. Effects outside of the database must be repeatable: they come before the
   * transaction, and the transaction may fail.
   *
   * @throws A `TablepickError` that is not retriable: the message is dead at once. Anything else is tried again.
   */
  handle(message: Message, context: HandlerContext): Promise<void>;
}

/** How failures are tried again. */
export interface RetryPolicy {
  /**
   * `blocking`: tried again in place, and later messages of the key wait. `retry-topic`: published again to the group's
   * own topic, and later messages of the key go ahead.
   */
  kind: 'blocking' | 'retry-topic';
  /** Tries in all, 1 or more. */
  attempts: number;
  /** Wait before the second try. It doubles with each further try. */
  baseMs: number;
  /** Longest wait. */
  capMs: number;
}

/** For messages whose order matters: ten tries within about a minute. */
export const blockingRetry: RetryPolicy = { kind: 'blocking', attempts: 10, baseMs: 200, capMs: 15_000 };

/** The wait after failure `attempt` (1, 2, …), in milliseconds. */
export function retryWaitMs({ baseMs, capMs }: RetryPolicy, attempt: number): number {
  return Math.min(capMs, baseMs * 2 ** (attempt - 1));
}
