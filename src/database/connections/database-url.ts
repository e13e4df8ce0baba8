import { isIP } from 'node:net';

import { TablepickError } from '../../errors.js';
import { redactUrl } from '../../redact.js';

/** The level of TLS, with MySQL's own names. */
export type SslMode = 'DISABLED' | 'PREFERRED' | 'REQUIRED' | 'VERIFY_CA' | 'VERIFY_IDENTITY';

/** The parts of a database URL. */
export interface DatabaseAddress {
  user: string;
  password?: string | undefined;
  host: string;
  /** 1–65535. */
  port: number;
  database: string;
  /** Path of a Unix socket. When set, host and port are not used. */
  socketPath?: string | undefined;
  sslMode: SslMode;
  /** Paths of PEM files. */
  sslCa?: string | undefined;
  sslCert?: string | undefined;
  sslKey?: string | undefined;
}

const sslModes: readonly string[] = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'];
const parameters: readonly string[] = ['socket', 'ssl-mode', 'ssl-ca', 'ssl-cert', 'ssl-key'];
const urlForm =
  'write it as mysql://user@host:3306/database; the password may come from TABLEPICK_DATABASE_PASSWORD instead';

/**
 * Parses `mysql://user[:password]@host[:port]/database[?socket=…&ssl-mode=…&ssl-ca=…&ssl-cert=…&ssl-key=…]`;
 * `mariadb://` means the same. Default user: `root`. Default port: 3306. With an `ssl-ca`, TLS is `VERIFY_CA`.
 * Otherwise it is off on this machine and `PREFERRED` elsewhere.
 *
 * @throws `BAD_URL`, never with the password in its text.
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  const parsed = parseUrl(url);
  const query = readParameters(url, parsed.searchParams);
  const address = {
    user: decode(url, parsed.username) || 'root',
    password: parsed.password === '' ? undefined : decode(url, parsed.password),
    host: decode(url, parsed.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: parsed.port === '' ? 3306 : Number(parsed.port),
    database: decode(url, parsed.pathname.slice(1)),
    socketPath: query.get('socket'),
    sslCa: query.get('ssl-ca'),
    sslCert: query.get('ssl-cert'),
    sslKey: query.get('ssl-key'),
  };
  if (address.database === '') throw badUrl(url, 'it names no database');
  if (parsed.pathname.includes('@'))
    throw badUrl(url, 'an @ stands behind the host; write @ as %40 and / as %2F in the password');
  if (address.port === 0) throw badUrl(url, 'port 0 cannot be connected to');
  return { ...address, sslMode: chooseSslMode(url, query.get('ssl-mode'), address) };
}

function parseUrl(url: string): URL {
  // A caller without types may pass an environment variable that is not set.
  if (typeof url !== 'string')
    throw new TablepickError('BAD_URL', `the database has no URL but ${url}`, { hint: urlForm });
  if (!/^(mysql|mariadb):\/\//.test(url)) throw badUrl(url, 'it begins with neither mysql:// nor mariadb://');
  try {
    return new URL(url);
  } catch {
    // Node's error is not the cause here, because it contains the URL with the password.
    throw badUrl(
      url,
      'it cannot be taken apart; in user, password and database write @ : / ? # % as %40 %3A %2F %3F %23 %25',
    );
  }
}

function readParameters(url: string, given: URLSearchParams): Map<string, string> {
  // An unknown parameter is not named in the error, because it may be part of a password with an unescaped question
  // mark.
  const known = [...given.keys()].every((name) => parameters.includes(name));
  if (!known) throw badUrl(url, `the parameters it may have are ${parameters.join(', ')}`);
  return new Map([...given].filter(([, value]) => value !== ''));
}

function decode(url: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badUrl(url, 'a % in it is followed by no two hexadecimal digits; write %25 for a percent sign');
  }
}

function chooseSslMode(url: string, given: string | undefined, address: Omit<DatabaseAddress, 'sslMode'>): SslMode {
  const mode = given?.toUpperCase().replaceAll('-', '_');
  if (mode === undefined) return defaultSslMode(address);
  if (!sslModes.includes(mode)) throw badUrl(url, `ssl-mode is one of ${sslModes.join(', ')}, not ${given}`);
  return mode as SslMode;
}

function defaultSslMode(address: Omit<DatabaseAddress, 'sslMode'>): SslMode {
  if (address.sslCa !== undefined) return 'VERIFY_CA';
  const local = address.socketPath !== undefined || isLoopback(address.host);
  return local ? 'DISABLED' : 'PREFERRED';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function badUrl(url: string, why: string): TablepickError {
  return new TablepickError('BAD_URL', `cannot use ${redactUrl(url)} as a database URL: ${why}`, { hint: urlForm });
}
