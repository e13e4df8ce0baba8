import type { SendMailOptions } from 'nodemailer';

import { TablepickError } from '../errors.js';
import { type MailAddress, isMailAddress, readMailAddress } from './mail-address.js';
import type { Mail } from './mailer.js';

const MAIL_ID = /^<[!-;=?-~]+@[!-;=?-~]+>$/;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const LINE = /^\P{Cc}*$/u;

/**
 * A mail as nodemailer takes it. Text that would add a second address or another header is refused, even when
 * nodemailer would repair it.
 *
 * @throws `MAIL_FAILED`, not retriable, that says what is wrong with it.
 */
export function buildMail(mail: Mail): SendMailOptions {
  const { to, subject, text, messageId, headers } = mail;
  const sender = checkMail(mail);
  return {
    from: sender,
    to: { name: '', address: to },
    envelope: { from: sender.address, to: [to] },
    subject,
    text,
    messageId,
    headers: { ...headers },
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  };
}

/** Checks all of the mail and returns its sender. */
function checkMail(mail: Mail): MailAddress {
  const { to, from, subject, messageId, headers = {} } = mail;
  const sender = readMailAddress(from);
  if (!isMailAddress(to)) throw refused(mail, `${show(to)} is no mail address`);
  if (sender === undefined) throw refused(mail, `its sender ${show(from)} is no mail address`);
  if (!MAIL_ID.test(messageId)) throw refused(mail, 'its Message-ID is no <left@right>');
  if (!LINE.test(subject)) throw refused(mail, `its subject ${show(subject)} is not one line`);
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || !LINE.test(value)) throw refused(mail, `its header ${show(name)} is not one line`);
  }
  return sender;
}

function refused({ messageId }: Mail, why: string): TablepickError {
  return new TablepickError('MAIL_FAILED', `mail ${show(messageId)} cannot be sent: ${why}`, {
    hint: 'see where the address comes from, then redrive the dead letter',
  });
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
