import { TablepickError } from '../../../errors.js';

/** The login of a program at the brokers. */
export interface KafkaLogin {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  password: string;
}

/** How connections to the brokers are encrypted; the texts are PEM. */
export interface KafkaTls {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  servername?: string | undefined;
  rejectUnauthorized?: boolean | undefined;
}

/** Addresses, encryption and login of the brokers. Every connection needs them. They can be sent to another process. */
export interface KafkaAccess {
  /** `host:port` of some of the brokers; the others are found through them. */
  brokers: readonly string[];
  /** True for TLS with the system's authorities. Default false. */
  ssl?: boolean | KafkaTls | undefined;
  sasl?: KafkaLogin | undefined;
}

const MECHANISMS: readonly string[] = ['plain', 'scram-sha-256', 'scram-sha-512'] satisfies KafkaLogin['mechanism'][];

/**
 * Refuses a login that no broker can take.
 *
 * @throws `BAD_OPTION` when the mechanism is unknown, or the user or the password is empty.
 */
export function checkKafkaLogin({ mechanism, username, password }: KafkaLogin): void {
  if (!MECHANISMS.includes(mechanism)) throw bad(`the mechanism is '${String(mechanism)}'`);
  if (typeof username !== 'string' || username === '') throw bad('it has no user name');
  if (typeof password !== 'string' || password === '') throw bad('it has no password');
}

function bad(why: string): TablepickError {
  return new TablepickError('BAD_OPTION', `the login at Kafka cannot be used: ${why}`, {
    hint: `sasl takes mechanism (${MECHANISMS.join(', ')}), username and password`,
  });
}
