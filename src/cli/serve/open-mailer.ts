import { homedir } from 'node:os';
import { join } from 'node:path';

import { type Mailer, createFolderMailer, createSmtpMailer, prepareMailFolder } from '../../notifications/index.js';
import type { ServiceContext } from './service-context.js';

/** A mailer, and where its mails go. */
export interface OpenMailer {
  mailer: Mailer;
  about: string;
}

/**
 * Opens the mailer that the options name. Without any, mails are written to a folder.
 *
 * @throws `BAD_OPTION` or `FILE_FAILED` when it cannot be used.
 */
export async function openMailer({ options, closing }: ServiceContext): Promise<OpenMailer> {
  const smtpUrl = options.smtpUrl ?? process.env.TABLEPICK_SMTP_URL;
  const folder = options.mailFolder ?? defaultFolder();
  const isFolder = options.mailFolder !== undefined || smtpUrl === undefined;
  if (isFolder) await prepareMailFolder(folder);
  const mailer = isFolder ? createFolderMailer(folder) : createSmtpMailer({ url: smtpUrl });
  closing.onClose(() => mailer.close());
  return { mailer, about: isFolder ? `mails are written to ${folder}` : 'mails go to the mail server' };
}

/** The folder for mails, below the home of the sandbox. */
function defaultFolder(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = process.env.TABLEPICK_HOME ?? join(cache, 'tablepick');
  return join(home, 'mail', process.env.TABLEPICK_SANDBOX ?? 'default');
}
