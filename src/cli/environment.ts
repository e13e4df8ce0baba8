import { TablepickError } from '../errors.js';

/** Every variable that a command of tablepick reads, with its description. */
export const variables = {
  TABLEPICK_DATABASE_URL: 'the database, when --url is not given; without both a private server (the sandbox) serves',
  TABLEPICK_DATABASE_PASSWORD: 'its password, so that it need not stand in a URL',
  TABLEPICK_PAYMENT_URL: "the payment service's database, when --payment-url is not given",
  TABLEPICK_PAYMENT_PASSWORD: 'its password, when that URL has none',
  TABLEPICK_KAFKA_BROKERS:
    'host:port,host:port of Kafka or its URL, when --brokers is not given; without it the database carries messages',
  TABLEPICK_KAFKA_PASSWORD: 'of the user that --kafka-sasl logs in, when --kafka-password-file is not given',
  TABLEPICK_GATEWAY_URL: 'the payment provider, when --gateway-url is not given',
  TABLEPICK_CALLBACK_SECRET: 'shared with it, when neither --callback-secret nor its file is given',
  TABLEPICK_SMTP_URL: 'the mail server, when --smtp-url is not given',
  TABLEPICK_SMTP_PASSWORD: 'its password, when that URL has none',
  TABLEPICK_REDIS_URL: 'the Redis for locks and flags, when --redis-url is not given; all works without one',
  TABLEPICK_REDIS_PASSWORD: 'its password, when that URL has none',
  TABLEPICK_HOME: 'where the sandbox keeps servers and data (default: ~/.cache/tablepick)',
  TABLEPICK_SANDBOX: 'name of a sandbox with data of its own (default: default)',
  TABLEPICK_DEBUG: '1: stack traces with errors',
} as const satisfies Readonly<Record<string, string>>;

/** A variable of {@link variables}. */
export type Variable = keyof typeof variables;

/** The lines of the help about variables. */
export function describeVariables(): string {
  const lines = Object.entries({ ...variables, NO_COLOR: 'no colours' });
  return lines.map(([name, about]) => `  ${name.padEnd(28)} ${about}`).join('\n');
}

/**
 * Refuses a variable that is set but empty: a user who writes `NAME="$UNSET"` does not mean an empty value.
 *
 * @throws `BAD_OPTION`
 */
export function refuseEmptyVariables(env: NodeJS.ProcessEnv): void {
  const name = Object.keys(variables).find((each) => env[each]?.trim() === '');
  if (name !== undefined) throw empty(name, `give it a value, or take it away: unset ${name}`);
}

/** The error of an option or argument that is given and empty. */
export function emptyOption(name: string): TablepickError {
  return empty(name, `give it a value, or leave it out; a variable behind it may not be set: ${name} "$VARIABLE"`);
}

function empty(name: string, hint: string): TablepickError {
  return new TablepickError('BAD_OPTION', `${name} is empty`, { hint });
}
