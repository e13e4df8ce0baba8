import type { Database } from '../database/index.js';
import { TablepickError } from '../errors.js';
import type { BatchHandler, HandlerContext, Message } from '../messaging/index.js';
import { composeMail } from './compose-mail.js';
import { isMailAddress } from './mail-address.js';
import type { Mailer } from './mailer.js';
import { mailIdOf } from './message-id.js';
import { type NoticeType, readNotice } from './notice.js';
import type { RecipientOf } from './recipient-template.js';

/** Settings of the notifications' handlers. */
export interface NotificationHandlerOptions {
  /** The database of inbox and dead letters: the reservation service's, or one of its own. */
  database: Database;
  /** It stays open. Its owner closes it after the consumer. */
  mailer: Mailer;
  /** Finds the address for a notice. */
  recipient: RecipientOf;
  /** The sender: an address, alone or as `Name <address>`. */
  from: string;
}

/** Programs that answer mails automatically do not answer these. @source RFC 3834, 5. */
const HEADERS = { 'Auto-Submitted': 'auto-generated' };

/** The notifications' handlers by type of message. They send each mail, and note many of them in one transaction. */
export function notificationHandlers(options: NotificationHandlerOptions): Record<NoticeType, BatchHandler> {
  return {
    ReservationConfirmed: mailHandler('mail confirmation', options),
    ReservationCancelled: mailHandler('mail cancellation', options),
  };
}

function mailHandler(name: string, options: NotificationHandlerOptions): BatchHandler {
  return {
    name,
    prepare: (message, context) => tellGuest(options, message, context),
    handleBatch: async (_, { once }) => void (await once(() => Promise.resolve())),
  };
}

async function tellGuest(
  options: NotificationHandlerOptions,
  message: Message,
  context: HandlerContext,
): Promise<void> {
  const { mailer, recipient, from } = options;
  const notice = readNotice(message);
  // A copy may have been handled meanwhile, and a sent mail cannot be rolled back.
  if (await context.isHandled()) return;
  const to = await recipient(notice);
  if (to === undefined) return;
  if (!isMailAddress(to)) throw noAddress(message, to);
  await mailer.send({ to, from, ...composeMail(notice), messageId: mailIdOf(message.id), headers: HEADERS });
}

function noAddress({ type, id }: Message, to: string): TablepickError {
  const shown = JSON.stringify(String(to).slice(0, 80));
  return new TablepickError('MAIL_FAILED', `${type} ${id} cannot be mailed: ${shown} is no mail address`, {
    hint: 'see where the address comes from, then redrive the dead letter',
  });
}
