import { withOwnSignal } from '../../abort/with-own-signal.js';
import type { Message } from '../envelope/message.js';
import type { HandledNotes } from './handled-notes.js';
import type { HandlerContext } from './handler.js';
import { isHandled } from './inbox.js';
import { LOCK_WAIT_SECONDS } from './note-done.js';
import type { RunHandlerOptions } from './run-options.js';

/** Settings of {@link withContext}. */
export interface ContextOptions extends RunHandlerOptions {
  notes: HandledNotes;
  /** Looks the message up. Default: with a statement of its own. */
  isHandled?: ((messageId: string) => Promise<boolean>) | undefined;
}

/** Calls `work` with the context of a message. */
export function withContext<T>(
  message: Message,
  options: ContextOptions,
  work: (context: HandlerContext) => Promise<T>,
): Promise<T> {
  const { database, group, attempt = 1, isLastAttempt = false, signal: stopping, notes } = options;
  const noteHandled: HandlerContext['noteHandled'] = async (tx) => (await notes.write(tx, [message])).length > 0;
  const lookUp = (id: string): Promise<boolean> => isHandled(database, group, id);
  const waiting = { signal: stopping, lockWaitSeconds: LOCK_WAIT_SECONDS };
  return withOwnSignal([stopping], (signal) =>
    work({
      group,
      attempt,
      isLastAttempt,
      signal,
      noteHandled,
      isHandled: () => (options.isHandled ?? lookUp)(message.id),
      once: (effect) => database.transaction(async (tx) => ((await noteHandled(tx)) ? effect(tx) : undefined), waiting),
    }),
  );
}
