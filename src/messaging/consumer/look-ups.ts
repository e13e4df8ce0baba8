import { CallQueue } from '../../call-queue.js';
import type { Database } from '../../database/index.js';
import { findSettled, selectHandled } from './inbox.js';

/** Looks single messages up in the inbox. Those that are asked for at once share a statement. */
export interface LookUps {
  /** Whether the message is handled. */
  isHandled: (messageId: string) => Promise<boolean>;
  /** Whether it is handled or a dead letter. */
  isSettled: (messageId: string) => Promise<boolean>;
}

/** The look-ups of a group. They end with `signal`. */
export function lookUpsOf(
  { database, group }: { database: Pick<Database, 'query'>; group: string },
  signal: AbortSignal,
): LookUps {
  const collected = (find: (ids: readonly string[]) => Promise<ReadonlySet<string>>): LookUps['isHandled'] => {
    const queue = new CallQueue<string, boolean>({
      serve: async (ids) => {
        const found = await find(ids);
        return ids.map((id) => found.has(id));
      },
    });
    return (id) => queue.call(id, signal);
  };
  return {
    isHandled: collected((messageIds) => selectHandled(database, { group, messageIds })),
    isSettled: collected((messageIds) => findSettled({ database, group, signal }, messageIds)),
  };
}
