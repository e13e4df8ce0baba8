import { TablepickError } from '../../errors.js';
import { decodeMessage, type Message } from '../envelope/message.js';
import type { Received } from '../transport.js';
import { type AnyHandler, type BatchHandler, isBatchHandler } from './batch-handler.js';
import type { ConsumerSettings } from './delivery.js';

/** Settings that decide who handles a message. */
export type HandlerSettings = Pick<ConsumerSettings, 'group' | 'handlers' | 'ignored'>;

/**
 * The handler of a message.
 *
 * @throws `BAD_MESSAGE` when the group does not know its type or its version.
 */
export function findHandler({ handlers, group }: HandlerSettings, message: Message): AnyHandler {
  const handler = handlerOf(handlers, message.type);
  if (handler === undefined) {
    throw new TablepickError('BAD_MESSAGE', `group ${group} knows no type ${message.type}`, {
      hint: 'deploy a version that knows it, then redrive',
    });
  }
  const known = handler.version ?? 1;
  if (message.schemaVersion > known) {
    throw new TablepickError('BAD_MESSAGE', `${message.type} has version ${message.schemaVersion}, known is ${known}`, {
      hint: 'deploy a version that knows it, then redrive',
    });
  }
  return handler;
}

/** Whether the group skips messages of this type. */
export function isIgnored({ handlers, ignored = [] }: HandlerSettings, { headers }: Received): boolean {
  const type = headers.type ?? '';
  return handlerOf(handlers, type) === undefined && ignored.includes(type);
}

/** A message that can be handled in a batch, with its handler. Undefined when it is handled alone. */
export function findBatch(
  settings: HandlerSettings,
  received: Received,
): { message: Message; handler: BatchHandler } | undefined {
  const handler = handlerOf(settings.handlers, received.headers.type ?? '');
  if (handler === undefined || !isBatchHandler(handler)) return undefined;
  try {
    const message = decodeMessage(received);
    findHandler(settings, message);
    return { message, handler };
  } catch {
    // It fails again when it is handled alone, and is answered there.
    return undefined;
  }
}

function handlerOf(handlers: HandlerSettings['handlers'], type: string): AnyHandler | undefined {
  return Object.hasOwn(handlers, type) ? handlers[type] : undefined;
}
