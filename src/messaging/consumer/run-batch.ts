import { withOwnSignal } from '../../abort/with-own-signal.js';
import { TablepickError } from '../../errors.js';
import { inParallel } from '../../in-parallel.js';
import { isOfAll, serveHalved } from '../../serve-halved.js';
import type { Message } from '../envelope/message.js';
import type { BatchContext, BatchHandler } from './batch-handler.js';
import { BatchEnds, type MessageEnd } from './batch-ends.js';
import { isOfEnvironment } from './environment.js';
import { HandledNotes } from './handled-notes.js';
import { batchWait } from './batch-wait.js';
import { type ContextOptions, withContext } from './handler-context.js';
import { noteDone } from './note-done.js';
import type { RunBatchOptions, RunHandlerOptions } from './run-options.js';

/** Most messages that are prepared at once. */
const PREPARED_AT_ONCE = 64;

/**
 * Hands messages to a batch handler as a consumer does: prepares each, calls the handler, halves the batch when it
 * fails, and notes as handled what the handler has not noted. Resolves with how each message ended, by id. A message
 * has no end when an earlier one of its key failed. It asks nobody whether the messages were handled before, does not
 * try again, and writes no dead letter.
 *
 * @throws What is no fault of the messages, such as `CONNECTION_LOST`. Some of them may be handled.
 * @example
 * const handleBatch: BatchHandler['handleBatch'] = async (_, { once }) => {
 *   await once((tx, newOnes) => tx.execute('UPDATE stock SET seats = seats - ?', [newOnes.length]));
 * };
 * const message = createMessage({ type: 'SeatTaken', key: '7', aggregate: 'seats', data: {} });
 * const ends = await runBatch({ name: 'count', handleBatch }, [message], { database, group: 'stock' });
 */
export async function runBatch(
  handler: BatchHandler,
  messages: readonly Message[],
  options: RunHandlerOptions,
): Promise<ReadonlyMap<string, MessageEnd>> {
  const ends = new BatchEnds(messages);
  const prepared = new Map<string, unknown>();
  await inParallel(ends.open, { concurrency: PREPARED_AT_ONCE }, async (message) => {
    try {
      prepared.set(message.id, await prepareMessage(handler, message, options));
    } catch (error) {
      if (isOfEnvironment(error)) throw error;
      ends.fail(message, error);
    }
  });
  await serveBatch(handler, ends, { ...options, prepared });
  return ends.byId;
}

/** Runs `prepare` of a handler. Undefined when it has none. */
export async function prepareMessage(
  handler: BatchHandler,
  message: Message,
  options: Omit<ContextOptions, 'notes'>,
): Promise<unknown> {
  if (handler.prepare === undefined) return undefined;
  const notes = new HandledNotes(options.group);
  return withContext(message, { ...options, notes }, (context) => handler.prepare!(message, context));
}

/** Settings of {@link serveBatch}. */
export interface ServeBatchOptions extends RunBatchOptions {
  /** What `prepare` resolved with, by id. */
  prepared: ReadonlyMap<string, unknown>;
  /** Called before the batch is halved. */
  onHalved?: (() => void) | undefined;
}

/**
 * Hands all open messages to the handler together. When that fails, each half, down to the one that fails alone.
 *
 * @throws What is no fault of the messages. Those that are handled by then have ended.
 */
export async function serveBatch(handler: BatchHandler, ends: BatchEnds, options: ServeBatchOptions): Promise<void> {
  await withOwnSignal([options.signal], async (signal) => {
    const serving = { ...options, handler, ends, signal };
    const outside: unknown[] = [];
    await serveHalved(
      ends.open,
      (messages) => serveSome(serving, messages),
      (message, error) => (isOfAll(error) ? void outside.push(error) : ends.fail(message, error)),
    );
    if (outside.length > 0) throw outside[0];
  });
}

interface Serving extends ServeBatchOptions {
  handler: BatchHandler;
  ends: BatchEnds;
  signal: AbortSignal;
}

async function serveSome(serving: Serving, messages: readonly Message[]): Promise<void> {
  const { ends, signal, onHalved } = serving;
  const open = messages.filter((message) => ends.isOpen(message));
  if (open.length === 0) return;
  if (signal.aborted) throw new TablepickError('ABORTED', 'stopped within a batch', { cause: signal.reason });
  try {
    await serveTogether(serving, open);
  } catch (error) {
    if (error instanceof LeaveOut) return serveSome(serving, open);
    if (open.length > 1) onHalved?.();
    throw error;
  }
}

/** Thrown to roll back a transaction. Its batch comes again without a message that was failed in it. */
class LeaveOut extends Error {
  override name = 'LeaveOut';
}

async function serveTogether(serving: Serving, messages: readonly Message[]): Promise<void> {
  const { database, handler, ends } = serving;
  const notes = new HandledNotes(serving.group);
  const write: BatchContext['noteHandled'] = (tx) =>
    notes.write(
      tx,
      messages.filter((message) => ends.isOpen(message)),
    );
  await handler.handleBatch(messages, contextOf(serving, { notes, write, messages }));
  if (!messages.some((message) => ends.isOpen(message))) return;
  if (!notes.isCommitted) await noteDone({ database, signal: serving.signal }, write);
  for (const message of messages) if (ends.isOpen(message)) ends.end(message, notes.isFirst(message.id));
}

function contextOf(
  { database, group, signal, ends, prepared }: Serving,
  { notes, write, messages }: { notes: HandledNotes; write: BatchContext['noteHandled']; messages: readonly Message[] },
): BatchContext {
  return {
    group,
    signal,
    noteHandled: write,
    prepared: ({ id }) => prepared.get(id),
    fail: (message, error) => {
      ends.fail(message, error);
      if (notes.areWritten) throw new LeaveOut(`message ${message.id} fails alone`);
    },
    once: (work) =>
      database.transaction(
        async (tx) => {
          const newOnes = await write(tx);
          return newOnes.length === 0 ? undefined : work(tx, newOnes);
        },
        { signal, ...batchWait(messages.length) },
      ),
  };
}
