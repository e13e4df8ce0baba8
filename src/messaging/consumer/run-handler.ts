import { withOwnSignal } from '../../abort/with-own-signal.js';
import type { Database } from '../../database/index.js';
import { retryTransient } from '../../retry.js';
import type { Message } from '../envelope/message.js';
import type { HandlerContext, MessageHandler } from './handler.js';
import { isHandled, noteHandled } from './inbox.js';

/** Settings of {@link runHandler}. */
export interface RunHandlerOptions {
  /** Where the inbox is: the service's own database. */
  database: Database;
  group: string;
  /** The number of this try. Default 1. */
  attempt?: number | undefined;
  /** Whether a failure now makes the message a dead letter. Default false. */
  isLastAttempt?: boolean | undefined;
  /** Fires when the handler is to end soon. */
  signal?: AbortSignal | undefined;
}

/** Longest wait for one row lock. Without it, a stop could take minutes. */
const LOCK_WAIT_SECONDS = 5;

/**
 * Hands a message to a handler as a consumer does. When the handler has not noted it as handled, notes it. Resolves
 * with true when it was noted now, with false when it had been noted before. It asks nobody whether the message was
 * handled before, does not try again, and writes no dead letter.
 *
 * @throws What the handler throws; what a transaction throws that notes the message.
 * @example
 * const handle: MessageHandler['handle'] = async (_, { once }) => {
 *   await once((tx) => tx.execute('UPDATE stock SET seats = seats - 2'));
 * };
 * const message = createMessage({ type: 'SeatTaken', key: '7', aggregate: 'seats', data: {} });
 * await runHandler({ name: 'count-seats', handle }, message, { database, group: 'stock' });
 */
export async function runHandler(
  handler: MessageHandler,
  message: Message,
  options: RunHandlerOptions,
): Promise<boolean> {
  const note = new HandledNote(options, message.id);
  const { signal } = options;
  await withOwnSignal([signal], (own) => handler.handle(message, contextOf(options, { note, signal: own })));
  if (!note.isCommitted) await noteDone(options, note);
  return note.isFirst;
}

/** The note that a message is handled, in whichever transaction it is written. */
class HandledNote {
  readonly group: string;
  readonly messageId: string;
  /** A transaction that wrote it, or found it written, was committed. */
  isCommitted = false;
  /** Such a transaction wrote it. */
  isFirst = false;

  constructor({ group }: RunHandlerOptions, messageId: string) {
    this.group = group;
    this.messageId = messageId;
  }

  readonly write: HandlerContext['noteHandled'] = async (tx) => {
    const isNew = await noteHandled(tx, this.group, this.messageId);
    tx.afterCommit(() => {
      this.isCommitted = true;
      this.isFirst ||= isNew;
    });
    return isNew;
  };
}

function contextOf(
  { database, group, attempt = 1, isLastAttempt = false, signal: stopping }: RunHandlerOptions,
  { note, signal }: { note: HandledNote; signal: AbortSignal },
): HandlerContext {
  const waiting = { signal: stopping, lockWaitSeconds: LOCK_WAIT_SECONDS };
  return {
    group,
    attempt,
    isLastAttempt,
    signal,
    noteHandled: note.write,
    isHandled: () => isHandled(database, group, note.messageId),
    once: (work) => database.transaction(async (tx) => ((await note.write(tx)) ? work(tx) : undefined), waiting),
  };
}

/** Notes that the message is handled, even after `signal` has fired. After that, a failed note is not tried again. */
async function noteDone({ database, signal }: RunHandlerOptions, note: HandledNote): Promise<void> {
  const once = { retry: false, lockWaitSeconds: LOCK_WAIT_SECONDS } as const;
  await retryTransient(() => database.transaction((tx) => note.write(tx), once), { signal });
}
