import type { Transporter } from 'nodemailer';

import { checkInteger, LONGEST_TIMER_MS } from '../check-option.js';
import type { TablepickError } from '../errors.js';
import { buildMail } from './build-mail.js';
import type { Mail, Mailer } from './mailer.js';
import { mailFailure } from './smtp-errors.js';
import { type SmtpAddress, parseSmtpUrl } from './smtp-url.js';

/** Settings of {@link createSmtpMailer}. */
export interface SmtpMailerOptions {
  /** `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the first byte. */
  url: string;
  /** Longest time for one mail, from connecting to the last answer. Default 10000. */
  timeoutMs?: number | undefined;
  /**
   * With `smtp://`: send nothing unless the server offers STARTTLS. Default false: when the server offers no TLS, mails
   * go without it.
   */
  requireTls?: boolean | undefined;
}

/**
 * Sends mails to a mail server, each over a connection of its own. Mails are sent at least once: when a server took a
 * mail and its answer was lost, the mail is sent again under the same Message-ID.
 *
 * @throws `BAD_URL`; `BAD_OPTION` when `timeoutMs` is no whole number of 1 or more. Sending: `MAIL_FAILED`, retriable
 * unless the server refuses this mail for good.
 * @example
 * const mailer = createSmtpMailer({ url: 'smtp://user:password@mail.example:587', requireTls: true });
 */
export function createSmtpMailer({
  url,
  timeoutMs = 10_000,
  requireTls = false,
}: SmtpMailerOptions): Mailer & AsyncDisposable {
  const address = parseSmtpUrl(url);
  checkInteger('timeoutMs', timeoutMs, {
    min: 1,
    max: LONGEST_TIMER_MS,
    message: `timeoutMs is ${timeoutMs}, not a whole number of 1 or more`,
  });
  return new SmtpMailer({ address, timeoutMs, requireTls });
}

interface SmtpSettings {
  address: SmtpAddress;
  timeoutMs: number;
  requireTls: boolean;
}

class SmtpMailer implements Mailer {
  readonly #settings: SmtpSettings;
  readonly #underWay = new Set<AbortController>();
  #transport: Promise<Transporter> | undefined;
  #isClosed = false;

  constructor(settings: SmtpSettings) {
    this.#settings = settings;
  }

  async send(mail: Mail): Promise<void> {
    const built = buildMail(mail);
    const transport = await (this.#transport ??= openTransport(this.#settings));
    if (this.#isClosed) throw this.#failed(mail, new Error('the mailer is closed'));
    const { timeoutMs } = this.#settings;
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    this.#underWay.add(ending);
    try {
      await transport.sendMail({ ...built, signal: ending.signal });
    } catch (error) {
      throw this.#failed(mail, ending.signal.aborted ? ending.signal.reason : error);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(ending);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const ending of this.#underWay) ending.abort(new Error('the mailer is closed'));
    (await this.#transport)?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #failed(mail: Mail, cause: unknown): TablepickError {
    const { host, port } = this.#settings.address;
    return mailFailure(mail, `${host}:${port}`, cause);
  }
}

async function openTransport({ address, timeoutMs, requireTls }: SmtpSettings): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { auth, ...where } = address;
  return createTransport({
    ...where,
    ...(auth === undefined ? {} : { auth }),
    requireTLS: requireTls,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 0,
  });
}
