import { TablepickError } from '../errors.js';

/** The parts of a Redis URL. */
export interface RedisAddress {
  tls: boolean;
  host: string;
  /** 1–65535. */
  port: number;
  user: string | undefined;
  password: string | undefined;
  /** Number of the logical database. */
  database: number;
}

const URL_FORM = 'write it as redis://host:6379 or rediss://user:password@host:6379/0';

/**
 * Parses `redis[s]://[[user]:password@]host[:port][/database]`; `rediss` means TLS with a verified certificate.
 *
 * @throws `BAD_URL`, never with the password in its text.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = parseUrl(url);
  const address = {
    tls: parsed.protocol === 'rediss:',
    host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    user: decode(parsed.username),
    password: decode(parsed.password),
    database: Number(parsed.pathname.slice(1)),
  };
  if (address.host === '') throw badUrl('it names no host');
  if (address.port === 0) throw badUrl('port 0 cannot be connected to');
  if (!/^\/?\d{0,9}$/.test(parsed.pathname)) throw badUrl('behind the host stands no number of a database');
  if (parsed.search !== '' || parsed.hash !== '')
    throw badUrl('it has no parameters; in a password write ? as %3F and # as %23');
  return address;
}

/** The address for messages, without user and password. */
export function describeRedis({ tls, host, port, database }: RedisAddress): string {
  const server = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'rediss' : 'redis'}://${server}:${port}${database === 0 ? '' : `/${database}`}`;
}

function parseUrl(url: string): URL {
  if (!/^rediss?:\/\//.test(url)) throw badUrl('it begins with neither redis:// nor rediss://');
  try {
    return new URL(url);
  } catch {
    // Node's error is not the cause here, because it contains the URL with the password.
    throw badUrl('it cannot be taken apart; in user and password write @ : / ? # % as %40 %3A %2F %3F %23 %25');
  }
}

function decode(part: string): string | undefined {
  try {
    return part === '' ? undefined : decodeURIComponent(part);
  } catch {
    throw badUrl('a % in it is followed by no two hexadecimal digits; write %25 for a percent sign');
  }
}

/** The error does not contain the URL, because its defect may be an unescaped password. */
function badUrl(why: string): TablepickError {
  return new TablepickError('BAD_URL', `cannot use the Redis URL given: ${why}`, { hint: URL_FORM });
}
