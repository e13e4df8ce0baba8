import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { SendMailOptions } from 'nodemailer';

import { TablepickError, joinFailures } from '../errors.js';
import { buildMail } from './build-mail.js';
import type { Mail, Mailer } from './mailer.js';
import { mailFileName } from './message-id.js';

/**
 * Writes each mail as one `.eml` file into a folder, which it creates. A file is there whole or not at all, and the same mail sent again replaces its own:
 * there is one file a message, however often it is sent.
 *
 * Sending throws `MAIL_FAILED`, retriable when the file could not be written.
 */
export function createFolderMailer(folder: string): Mailer {
  return {
    send: async (mail) => {
      const file = path.join(folder, mailFileName(mail.messageId));
      const raw = await renderMail(buildMail(mail));
      await replaceFile(file, raw).catch((error: unknown) => {
        throw notWritten(mail, file, error);
      });
    },
    close: async () => {},
  };
}

async function renderMail(mail: SendMailOptions): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  return new MailComposer(mail).compile().build();
}

async function replaceFile(file: string, raw: Buffer): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const part = `${file}.${randomUUID()}.part`;
  try {
    await writeFile(part, raw, { flush: true });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch((second: unknown) => {
      throw joinFailures(error, second);
    });
    throw error;
  }
}

function notWritten({ messageId }: Mail, file: string, cause: unknown): TablepickError {
  return new TablepickError('MAIL_FAILED', `mail ${messageId} was not written to ${file}: ${String(cause)}`, {
    ...{ retriable: true, cause },
    hint: 'see whether the folder can be written to and its disk has room',
  });
}
