import type { Transaction } from '../../database/index.js';
import type { Message } from '../envelope/message.js';
import type { HandlerContext, MessageHandler } from './handler.js';

/** Arguments of a batch handler beside its messages. */
export interface BatchContext<Prepared = unknown> {
  /** The group that handles them. */
  group: string;
  /** Fires when the consumer stops. Then end soon, and fail unless all is done. */
  signal: AbortSignal;
  /**
   * Runs `work` in the transaction that notes all messages as handled. `newOnes` are those that were not handled
   * before, in the order of the batch, without failed ones. Undefined when there are none. When the transaction is
   * retried, `work` runs again.
   */
  once<T>(work: (tx: Transaction, newOnes: readonly Message[]) => Promise<T>): Promise<T | undefined>;
  /**
   * Writes only the notes, in a transaction of the handler's own. Resolves with the messages that were not handled
   * before. For the others, nothing may be written. A transaction that fails with `CONFLICT` must be retried.
   */
  noteHandled(tx: Transaction): Promise<readonly Message[]>;
  /**
   * Tells that one message cannot be handled. The others are handled. This one is tried again alone, or it becomes a
   * dead letter; later ones of its key wait. Best called before the transaction: then notes and `newOnes` leave it out.
   * When the notes are written already, it throws: all is rolled back, and the others come again without it.
   */
  fail(message: Message, error: unknown): void;
  /** What `prepare` resolved with. */
  prepared(message: Message): Prepared;
}

/**
 * Handles messages of one type, or of several types, many at once. Types with the same handler object share its
 * batches.
 */
export interface BatchHandler<Prepared = unknown> {
  /** The handler's name in dead letters. */
  name: string;
  /** Highest schema version it understands. Default 1. */
  version?: number | undefined;
  /**
   * Runs for each message before its batch, outside of any transaction, for many keys at once: the place to ask another
   * service. What it does must be repeatable. A message for which it fails is tried again; the others go ahead.
   */
  prepare?(message: Message, context: HandlerContext): Promise<Prepared>;
  /**
   * Resolves when all messages are handled: at most 500, those of one key in their order, none twice. When it fails, it
   * is called again with each half, down to the one message that fails alone. So all its effects stand in one
   * transaction.
   *
   * @throws When it is called with one message: as {@link MessageHandler.handle}.
   */
  handleBatch(messages: readonly Message[], context: BatchContext<Prepared>): Promise<void>;
}

/** A handler of either kind. */
export type AnyHandler = MessageHandler | BatchHandler;

/** Whether it takes many messages at once. */
export function isBatchHandler(handler: AnyHandler): handler is BatchHandler {
  return 'handleBatch' in handler;
}
