import { TablepickError } from '../errors.js';
import type { Mail } from './mailer.js';

/** An error of nodemailer. */
interface SmtpFailure extends Error {
  code?: string;
  responseCode?: number;
}

/**
 * Codes of nodemailer for faults of the mail itself: sender, recipient, size, contents. The server or nodemailer
 * refused it.
 */
const ABOUT_THE_MAIL = ['EENVELOPE', 'EMESSAGE'];

/**
 * Replies that are permanent by their number, but concern the session or the login. The next mail would get them, too.
 * @source RFC 5321, 4.2.3 (503); RFC 4954, 6 (530, 534, 535, 538).
 */
const ABOUT_THE_SESSION = [503, 530, 534, 535, 538];

/**
 * True when the server, or nodemailer, will never take this mail. @source RFC 5321, 4.2.1: 5yz is permanent, 4yz
 * transient.
 */
export function isPermanent({ code = '', responseCode }: { code?: string; responseCode?: number }): boolean {
  if (!ABOUT_THE_MAIL.includes(code)) return false;
  if (responseCode === undefined) return true;
  return responseCode >= 500 && responseCode < 600 && !ABOUT_THE_SESSION.includes(responseCode);
}

/** `MAIL_FAILED` for an error of nodemailer; retriable unless {@link isPermanent}. */
export function mailFailure({ messageId }: Mail, server: string, cause: unknown): TablepickError {
  const failure = cause as SmtpFailure;
  const retriable = !isPermanent(failure);
  const message = `mail ${messageId} was not taken by ${server}: ${failure.message}`;
  return new TablepickError('MAIL_FAILED', message, { retriable, cause, hint: hintOf(failure, retriable) });
}

function hintOf({ code }: SmtpFailure, retriable: boolean): string {
  if (code === 'EAUTH') return "check user and password in the mail server's URL";
  if (!retriable) return 'see whether the address and the sender exist, then redrive the dead letter';
  return 'see whether the mail server is up; redrive what has become dead letters meanwhile';
}
