import { homedir } from 'node:os';
import { join } from 'node:path';

import {
  createFolderMailer,
  createSmtpMailer,
  notificationGroup,
  prepareMailFolder,
  recipientFromTemplate,
  startNotifications,
} from '../../notifications/index.js';
import { type MessagingContext, type RunningService, watchConsumer } from './service-context.js';

/** Runs the notifications. */
export async function runNotifications(shared: MessagingContext): Promise<RunningService> {
  const { database, transport, options, closing } = shared;
  const { mailFrom: from, mailTo } = options;
  const smtpUrl = options.smtpUrl ?? process.env.TABLEPICK_SMTP_URL;
  const folder = options.mailFolder ?? defaultFolder();
  const isFolder = options.mailFolder !== undefined || smtpUrl === undefined;
  if (isFolder) await prepareMailFolder(folder);
  const mailer = isFolder ? createFolderMailer(folder) : createSmtpMailer({ url: smtpUrl });
  closing.onClose(() => mailer.close());
  const recipient = recipientFromTemplate(mailTo);
  const consumer = { onEvent: watchConsumer(shared, notificationGroup) };
  const service = await startNotifications({ database, transport, mailer, recipient, from, consumer });
  closing.onClose(() => service.stop());
  return {
    service: 'notifications',
    about: isFolder ? `mails are written to ${folder}` : 'mails go to the mail server',
  };
}

/** The folder for mails, below the home of the sandbox. */
function defaultFolder(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = process.env.TABLEPICK_HOME ?? join(cache, 'tablepick');
  return join(home, 'mail', process.env.TABLEPICK_SANDBOX ?? 'default');
}
