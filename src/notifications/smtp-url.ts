import { TablepickError } from '../errors.js';

/** Address and login of a mail server. */
export interface SmtpAddress {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS when the server offers it. */
  secure: boolean;
  auth: { user: string; pass: string } | undefined;
}

/**
 * Parses `smtp://[user:password@]host[:port]`. The port is 587 when not given; `smtps://` is TLS from the first byte,
 * on 465.
 *
 * @throws `BAD_URL`, never with the password in its text.
 */
export function parseSmtpUrl(text: string): SmtpAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^smtps?:$/.test(url.protocol)) throw bad('it is no smtp:// or smtps:// URL');
  if (url.hostname === '' || url.port === '0') throw bad('it names no host that can be connected to');
  if (!/^\/?$/.test(url.pathname) || url.search || url.hash) throw bad('something stands behind the host');
  if ((url.username === '') !== (url.password === '')) throw bad('it has a user or a password, but not both');
  return readParts(url);
}

function readParts({ protocol, hostname, port, username, password }: URL): SmtpAddress {
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    auth: username === '' ? undefined : { user: decode(username), pass: decode(password) },
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw bad('a % stands alone in user or password');
  }
}

function bad(why: string): TablepickError {
  return new TablepickError('BAD_URL', `the mail server's URL cannot be used: ${why}`, {
    hint: 'write it as smtp://user:password@host:587; in user and password write @ : / ? # % as %40 %3A %2F %3F %23 %25',
  });
}
