import type { Transporter } from 'nodemailer';

import { checkInteger, LONGEST_TIMER_MS } from '../check-option.js';
import type { TablepickError } from '../errors.js';
import { atMost } from '../in-parallel.js';
import { buildMail } from './build-mail.js';
import type { Mail, Mailer } from './mailer.js';
import { mailFailure } from './smtp-errors.js';
import { type SmtpAddress, parseSmtpUrl } from './smtp-url.js';

/** Settings of {@link createSmtpMailer}. */
export interface SmtpMailerOptions {
  /** `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the first byte. */
  url: string;
  /** Longest time for one mail, from its turn to the last answer. Default 10000. */
  timeoutMs?: number | undefined;
  /** Most connections at once, 1 to 100. They are kept for the next mails, and closed after a minute. Default 4. */
  connections?: number | undefined;
  /**
   * With `smtp://`: send nothing unless the server offers STARTTLS. Default false: when the server offers no TLS, mails
   * go without it.
   */
  requireTls?: boolean | undefined;
}

/** A connection without mails is closed then, before the server does it. @source RFC 5321, 4.5.3.2.7 (5 minutes). */
const IDLE_MS = 60_000;

/**
 * Sends mails to a mail server over connections that are kept. Mails are sent at least once: when a server took a
 * mail and its answer was lost, the mail is sent again under the same Message-ID.
 *
 * @throws `BAD_URL`; `BAD_OPTION` when `timeoutMs` or `connections` is out of range. Sending: `MAIL_FAILED`, retriable
 * unless the server refuses this mail for good.
 * @example
 * const mailer = createSmtpMailer({ url: 'smtp://user:password@mail.example:587', requireTls: true });
 */
export function createSmtpMailer({
  url,
  timeoutMs = 10_000,
  connections = 4,
  requireTls = false,
}: SmtpMailerOptions): Mailer & AsyncDisposable {
  const address = parseSmtpUrl(url);
  checkInteger('timeoutMs', timeoutMs, {
    min: 1,
    max: LONGEST_TIMER_MS,
    message: `timeoutMs is ${timeoutMs}, not a whole number of 1 or more`,
  });
  checkInteger('connections', connections, {
    min: 1,
    max: 100,
    message: `connections is ${connections}, not a whole number from 1 to 100`,
  });
  return new SmtpMailer({ address, timeoutMs, connections, requireTls });
}

interface SmtpSettings {
  address: SmtpAddress;
  timeoutMs: number;
  connections: number;
  requireTls: boolean;
}

class SmtpMailer implements Mailer {
  readonly #settings: SmtpSettings;
  readonly #underWay = new Set<AbortController>();
  readonly #limited: ReturnType<typeof atMost>;
  #transport: Promise<Transporter> | undefined;
  #isClosed = false;

  constructor(settings: SmtpSettings) {
    this.#settings = settings;
    this.#limited = atMost(settings.connections);
  }

  async send(mail: Mail): Promise<void> {
    const built = buildMail(mail);
    await this.#limited(() => this.#sendNow(mail, built));
  }

  async #sendNow(mail: Mail, built: ReturnType<typeof buildMail>): Promise<void> {
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
    (await this.#transport)?.close({ force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #failed(mail: Mail, cause: unknown): TablepickError {
    const { host, port } = this.#settings.address;
    return mailFailure(mail, `${host}:${port}`, cause);
  }
}

async function openTransport({ address, timeoutMs, connections, requireTls }: SmtpSettings): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { auth, ...where } = address;
  return createTransport({
    ...where,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
    maxRequeues: 0,
    idleTimeout: IDLE_MS,
    ...(auth === undefined ? {} : { auth }),
    requireTLS: requireTls,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 0,
  });
}
