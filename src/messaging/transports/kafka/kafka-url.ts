import { TablepickError } from '../../../errors.js';
import { checkBrokers } from './check-brokers.js';
import type { KafkaAccess } from './kafka-access.js';

const SCHEME = 'kafka://';

/**
 * Reads the addresses of a Kafka: `host:port,host:port`. With a login by SASL PLAIN, as the sandbox has it:
 * `kafka://user:password@host:port,host:port`. User and password are percent-encoded.
 *
 * @throws `BAD_OPTION` for anything else; the message contains no password.
 * @example
 * const sandbox = await acquireSandbox({ engine: 'kafka' });
 * const transport = createKafkaTransport(parseKafkaUrl(sandbox.url));
 */
export function parseKafkaUrl(text: string): KafkaAccess {
  const rest = text.startsWith(SCHEME) ? text.slice(SCHEME.length).replace(/\/$/, '') : text;
  const at = text.startsWith(SCHEME) ? rest.lastIndexOf('@') : -1;
  const brokers = rest.slice(at + 1).split(',');
  const named = brokers.map((broker) => broker.trim());
  checkBrokers(named);
  return at < 0 ? { brokers: named } : { brokers: named, sasl: readLogin(rest.slice(0, at)) };
}

function readLogin(text: string): NonNullable<KafkaAccess['sasl']> {
  const [, user, secret] = /^([^:@]+):([^@]+)$/.exec(text) ?? [];
  if (user === undefined || secret === undefined) throw noLogin();
  return { mechanism: 'plain', username: decode(user), password: decode(secret) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw noLogin();
  }
}

function noLogin(): TablepickError {
  return new TablepickError('BAD_OPTION', 'the login in the URL of Kafka cannot be read', {
    hint: 'write kafka://user:password@host:port, with %40 for @ and %25 for %',
  });
}
