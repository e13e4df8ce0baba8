import { TablepickError } from '../../errors.js';
import { defaultStrategy, lockStrategyNames } from '../../reservations/locks/strategy-names.js';
import { connectionOptions } from '../options/connection-options.js';
import { type OptionsOf, argument, option } from '../options/define-option.js';
import { countOption, durationOption, shareOption } from '../options/number-options.js';
import { redisOptions } from '../options/redis-options.js';
import { paymentDatabaseOptions } from '../options/service-options.js';
import { transportOptions } from '../options/transport-options.js';
import { describePasswordFile } from '../options/url-password.js';
import { parseHosts, parseOrigins } from './access-lists.js';
import { type ServiceName, serviceNames } from './service-names.js';

/**
 * Reads one of the words behind `serve`. Commander passes the words before it.
 *
 * @throws `BAD_OPTION` when it is no service.
 */
export function parseService(text: string, before: readonly ServiceName[] = []): ServiceName[] {
  const found = serviceNames.find((name) => name === text);
  if (found !== undefined) return [...new Set([...before, found])];
  throw new TablepickError('BAD_OPTION', `there is no service '${text}'`, {
    hint: `choose from ${serviceNames.join(', ')}`,
  });
}

/** The services to run. */
export const serviceArgument = argument('<service...>', serviceNames.join(', '), parseService);

function portOption<const Name extends ServiceName>(name: Name, port: number) {
  const description = `port of the ${name} service; 0 takes a free one`;
  return countOption(`--${name}-port <n>`, description, { least: 0, default: port });
}

const accessOptions = [
  option('--host <address>', 'where to listen; other addresses than loopback need a check of tokens or --insecure', {
    default: '127.0.0.1',
  }),
  option('--jwt-jwks-url <url>', 'check bearer tokens (JWT) by the keys that their issuer publishes there'),
  option(
    '--jwt-secret-file <file>',
    'check them by a secret of 32 bytes or more, from the first line of a file (default: $TABLEPICK_JWT_SECRET)',
    { conflicts: 'jwtJwksUrl' },
  ),
  option('--jwt-issuer <text>', 'the iss that tokens must have'),
  option('--jwt-audience <text>', 'the aud that tokens must have'),
  option('--jwt-member-claim <name>', 'the claim with the guest (default: sub)'),
  option('--jwt-operator-scope <word>', 'the word in the claim scope that lets act for every guest'),
  option('--insecure', 'let everybody in who reaches the address'),
  option(
    '--allowed-hosts <list>',
    'names by which clients reach the servers (default: any, on loopback those of loopback)',
    { parse: parseHosts },
  ),
  option('--cors-origins <list>', 'origins whose pages may use the servers, e.g. https://shop.example', {
    parse: (text: string) => parseOrigins(text, '--cors-origins'),
  }),
] as const;

/** Longer than `innodb_lock_wait_timeout`, by default 50 s: a statement that waits for a lock is no silent server. */
const STATEMENT_TIMEOUT_MS = 60_000;

const listenOptions = [
  portOption('reservation', 8080),
  portOption('payment', 8081),
  portOption('gateway', 8082),
  durationOption('--for <duration>', 'end after that time (default: at Ctrl-C)'),
  durationOption('--statement-timeout <duration>', 'give up a database that does not answer; 0ms: never', {
    least: 0,
    default: STATEMENT_TIMEOUT_MS,
    defaultText: '60s',
  }),
  countOption('--metrics-port <n>', 'tell Prometheus on this port', { least: 0 }),
  countOption('--partitions <n>', 'partitions of the topics that are created', { default: 6 }),
] as const;

const reservationOptions = [
  durationOption('--hold <duration>', 'how long a reservation waits for its payment', {
    default: 600_000,
    defaultText: '10m',
  }),
  option('--admit-all', 'also take reservations that cannot be paid before their hold ends; otherwise they get 503'),
  option('--strategy <name>', 'how seats are taken', { choices: lockStrategyNames, default: defaultStrategy }),
  ...redisOptions,
] as const;

const paymentOptions = [
  option('--gateway-url <url>', 'the payment provider (default: $TABLEPICK_GATEWAY_URL, else the gateway served here)'),
  option(
    '--callback-secret <text>',
    'shared with the provider, signs callbacks (default: $TABLEPICK_CALLBACK_SECRET; a new one when both are served here)',
  ),
  option('--callback-secret-file <file>', 'read it from the first line of a file', { conflicts: 'callbackSecret' }),
] as const;

const gatewayOptions = [
  durationOption(
    '--callback-delay <duration>',
    'the gateway answers at once and calls back after that time; 0ms: it answers what became of it (default: 500ms, 0ms without a secret)',
  ),
  option('--callback-url <url>', 'where it calls back (default: the payment service served here)'),
  option('--callback-origins <list>', 'further origins that a request may name for its callback', {
    parse: (text: string) => parseOrigins(text, '--callback-origins'),
  }),
  option(
    '--gateway-admin-key-file <file>',
    'bearer token for its /admin/*, from the first line of a file (default: $TABLEPICK_GATEWAY_ADMIN_KEY, else none is let in)',
  ),
  durationOption('--latency <duration>', 'it waits that long before it does anything'),
  durationOption('--jitter <duration>', 'and up to that much longer'),
  shareOption('--fail-rate <share>', 'cards it refuses'),
  shareOption('--lost-answer-rate <share>', 'requests it does and does not answer'),
  shareOption('--error-rate <share>', 'requests it answers 503 and does not do'),
  shareOption('--refuse-refund-rate <share>', 'refunds it refuses for good'),
  shareOption('--lost-callback-rate <share>', 'callbacks it never makes'),
  shareOption('--duplicate-callback-rate <share>', 'callbacks it makes twice'),
  durationOption('--down-every <duration>', 'it is away once in that time'),
  durationOption('--down-for <duration>', 'for that long (default: 5s)'),
  countOption('--seed <n>', 'of its chance (default: a new one)', { least: 0 }),
  option('--state-file <file>', 'where it remembers what it charged (default: it forgets when it ends)'),
] as const;

const mailOptions = [
  option('--smtp-url <url>', 'smtp://user:password@host:port for mails (default: $TABLEPICK_SMTP_URL, else a folder)'),
  option('--smtp-password-file <file>', describePasswordFile('--smtp-url', 'TABLEPICK_SMTP_PASSWORD')),
  option('--mail-folder <folder>', 'write mails as files there', { conflicts: ['smtpUrl', 'smtpPasswordFile'] }),
  option('--mail-from <address>', 'sender', { default: 'tablepick <no-reply@example.test>' }),
  option('--mail-to <template>', 'address of a guest, made of the member', {
    default: 'guest-{memberId}@example.test',
  }),
] as const;

/** The options of `tablepick serve`: for all services, then for each of them. */
export const serveOptions = [
  ...accessOptions,
  ...listenOptions,
  ...transportOptions,
  ...paymentDatabaseOptions,
  ...reservationOptions,
  ...paymentOptions,
  ...gatewayOptions,
  ...mailOptions,
  ...connectionOptions,
] as const;

/** The values of {@link serveOptions}. */
export type ServeOptions = OptionsOf<typeof serveOptions>;
