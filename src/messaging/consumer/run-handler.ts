import type { Message } from '../envelope/message.js';
import { type AnyHandler, isBatchHandler } from './batch-handler.js';
import { HandledNotes } from './handled-notes.js';
import { withContext } from './handler-context.js';
import type { MessageHandler } from './handler.js';
import { noteDone } from './note-done.js';
import { runBatch } from './run-batch.js';
import type { RunHandlerOptions } from './run-options.js';

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
export async function runHandler(handler: AnyHandler, message: Message, options: RunHandlerOptions): Promise<boolean> {
  if (!isBatchHandler(handler)) return runSingle(handler, message, options);
  const end = (await runBatch(handler, [message], options)).get(message.id);
  if (end?.kind === 'failed') throw end.error;
  return end?.kind === 'handled';
}

async function runSingle(handler: MessageHandler, message: Message, options: RunHandlerOptions): Promise<boolean> {
  const { database, signal } = options;
  const notes = new HandledNotes(options.group);
  await withContext(message, { ...options, notes }, (context) => handler.handle(message, context));
  if (!notes.isCommitted) await noteDone({ database, signal }, (tx) => notes.write(tx, [message]));
  return notes.isFirst(message.id);
}
