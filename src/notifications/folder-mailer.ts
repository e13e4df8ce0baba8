import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { SendMailOptions } from 'nodemailer';

import { TablepickError, joinFailures } from '../errors.js';
import { fileError, makeFolder } from '../file-errors.js';
import { buildMail } from './build-mail.js';
import type { Mail, Mailer } from './mailer.js';
import { mailFileName } from './message-id.js';

/**
 * Writes each mail as one `.eml` file into a folder, which it creates. A file is there whole or not at all. When the
 * same mail is sent again, it replaces its file. So there is one file for each message, however often it is sent.
 *
 * Sending throws `MAIL_FAILED`, retriable when the file could not be written.
 *
 * @example
 * const mailer = createFolderMailer('mails');
 */
export function createFolderMailer(folder: string): Mailer & AsyncDisposable {
  return {
    send: async (mail) => {
      const file = path.join(folder, mailFileName(mail.messageId));
      const raw = await renderMail(buildMail(mail));
      await replaceFile(file, raw).catch((error: unknown) => {
        throw notWritten(mail, file, error);
      });
    },
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

/**
 * Creates the folder when it is missing, and tests whether a file can be written there. So a service finds a fault
 * before its first mail.
 *
 * @throws `BAD_OPTION` when it is no folder or must not be written to, `DISK_FULL`, `FILE_FAILED`.
 */
export async function prepareMailFolder(folder: string): Promise<void> {
  const probe = path.join(folder, `${randomUUID()}.part`);
  try {
    await replaceFile(probe, Buffer.from('tablepick'));
    await rm(probe);
  } catch (error) {
    throw fileError(error, { what: 'the mail folder', path: folder, use: 'written' });
  }
}

async function renderMail(mail: SendMailOptions): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  return new MailComposer(mail).compile().build();
}

async function replaceFile(file: string, raw: Buffer): Promise<void> {
  await makeFolder(path.dirname(file));
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
    retriable: true,
    cause,
    hint: 'see whether the folder can be written to and its disk has free space',
  });
}
