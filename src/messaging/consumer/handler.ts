import type { Transaction } from '../../database/index.js';
import type { Message } from '../envelope/message.js';

/** What a handler is given beside its message. */
export interface HandlerContext {
  /** The group that handles it. */
  group: string;
  /** 1 for the first try. */
  attempt: number;
  /** True when a failure now makes a dead letter of it. */
  isLastAttempt: boolean;
  /** Fires when the consumer stops: end soon, and fail unless all is done. */
  signal: AbortSignal;
  /**
   * Runs `work` in a transaction together with the note that the message is handled: its effect happens once, however
   * often the message comes. Undefined when it had been handled before.
   */
  once<T>(work: (tx: Transaction) => Promise<T>): Promise<T | undefined>;
  /**
   * Whether it has been handled by now, e.g. by another process that was given it, too: for effects outside of the
   * database, before they are begun again.
   */
  isHandled(): Promise<boolean>;
  /**
   * The note alone, for a transaction of the handler's own: false means that it was handled before and nothing may be
   * written.
   */
  noteHandled(tx: Transaction): Promise<boolean>;
}

/** Handles messages of one type. */
export interface MessageHandler {
  /** What dead letters call it. */
  name: string;
  /** Highest schema version it understands. Default 1. */
  version?: number | undefined;
  /**
   * Resolves when the message is handled. Effects outside of the database must be repeatable: they come before the
   * transaction, which may fail.
   *
   * @throws A `TablepickError` that is not retriable: the message is dead at once. Anything else is tried again.
   */
  handle(message: Message, context: HandlerContext): Promise<void>;
}

/** How failures are tried again. */
export interface RetryPolicy {
  /**
   * `blocking`: in place, so that later messages of the key wait for it. `retry-topic`: it is published again to the
   * group's own topic and others of its key go ahead.
   */
  kind: 'blocking' | 'retry-topic';
  /** Tries in all, 1 or more. */
  attempts: number;
  /** Wait before the second try; doubles. */
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
