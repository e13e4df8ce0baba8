import { Option } from 'commander';

import { TablepickError } from '../../errors.js';
import { defaultStrategy, lockStrategyNames } from '../../reservations/locks/strategy-names.js';
import { parseShare } from '../options/bench-values.js';
import type { CommandEntry } from '../command.js';
import { parseCount, parseDuration } from '../options/option-values.js';
import { connectionOptions, redisOptions } from '../options/options.js';
import { urlPasswordFileOption } from '../secrets/resolve-secrets.js';
import { type ServiceName, serviceNames } from './service-names.js';
import { paymentDatabaseOptions, transportOptions } from '../options/transport-options.js';

/**
 * Reads one of the words behind `serve`; commander hands over those before it.
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

const port = (name: ServiceName, number: number): Option =>
  new Option(`--${name}-port <n>`, `port of the ${name} service; 0 takes a free one`)
    .argParser(parseCount(`--${name}-port`, 0))
    .default(number);

const share = (flag: string, description: string): Option =>
  new Option(`${flag} <share>`, description).argParser(parseShare(flag)).default(0);

const duration = (flag: string, description: string): Option =>
  new Option(`${flag} <duration>`, description).argParser(parseDuration(flag));

function serviceOptions(): Option[] {
  return [
    new Option('--host <address>', 'where to listen').default('127.0.0.1'),
    port('reservation', 8080),
    port('payment', 8081),
    port('gateway', 8082),
    duration('--for', 'end after that time (default: at Ctrl-C)'),
    new Option('--metrics-port <n>', 'tell Prometheus on this port').argParser(parseCount('--metrics-port', 0)),
    new Option('--partitions <n>', 'partitions of the topics that are created')
      .argParser(parseCount('--partitions', 1))
      .default(6),
    ...transportOptions(),
    ...paymentDatabaseOptions(),
  ];
}

function reservationOptions(): Option[] {
  return [
    duration('--hold', 'how long a reservation waits for its payment').default(600_000, '10m'),
    new Option('--strategy <name>', 'how seats are taken').choices(lockStrategyNames).default(defaultStrategy),
    ...redisOptions(),
  ];
}

function paymentOptions(): Option[] {
  return [
    new Option(
      '--gateway-url <url>',
      'the payment provider (default: $TABLEPICK_GATEWAY_URL, else the gateway served here)',
    ),
    new Option(
      '--callback-secret <text>',
      'shared with the provider, signs callbacks (default: $TABLEPICK_CALLBACK_SECRET; a new one when both are served here)',
    ),
    new Option('--callback-secret-file <file>', 'read it from the first line of a file').conflicts('callbackSecret'),
  ];
}

function gatewayOptions(): Option[] {
  return [
    duration(
      '--callback-delay',
      'the gateway answers at once and calls back after that time; 0ms: it answers what became of it (default: 500ms, 0ms without a secret)',
    ),
    new Option('--callback-url <url>', 'where it calls back (default: the payment service served here)'),
    duration('--latency', 'it waits that long before it does anything'),
    duration('--jitter', 'and up to that much longer'),
    share('--fail-rate', 'cards it refuses'),
    share('--lost-answer-rate', 'requests it does and does not answer'),
    share('--error-rate', 'requests it answers 503 and does not do'),
    share('--refuse-refund-rate', 'refunds it refuses for good'),
    share('--lost-callback-rate', 'callbacks it never makes'),
    share('--duplicate-callback-rate', 'callbacks it makes twice'),
    duration('--down-every', 'it is away once in that time'),
    duration('--down-for', 'for that long (default: 5s)'),
    new Option('--seed <n>', 'of its chance (default: a new one)').argParser(parseCount('--seed', 0)),
    new Option('--state-file <file>', 'where it remembers what it charged (default: it forgets when it ends)'),
  ];
}

function mailOptions(): Option[] {
  return [
    new Option(
      '--smtp-url <url>',
      'smtp://user:password@host:port for mails (default: $TABLEPICK_SMTP_URL, else a folder)',
    ),
    urlPasswordFileOption('smtpUrl'),
    new Option('--mail-folder <folder>', 'write mails as files there').conflicts(['smtpUrl', 'smtpPasswordFile']),
    new Option('--mail-from <address>', 'sender').default('tablepick <no-reply@example.test>'),
    new Option('--mail-to <template>', 'address of a guest, made of the member').default(
      'guest-{memberId}@example.test',
    ),
  ];
}

/** `tablepick serve` and `tablepick consume`. */
export const serveCommands: readonly CommandEntry[] = [
  {
    path: ['serve'],
    argument: {
      name: '<service...>',
      description: serviceNames.join(', '),
      parse: parseService,
    },
    summary: 'run services until Ctrl-C: reservations, payments, a fake payment provider, mails to guests',
    options: () => [
      ...serviceOptions(),
      ...reservationOptions(),
      ...paymentOptions(),
      ...gatewayOptions(),
      ...mailOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick serve reservation payment gateway notifications', 'the whole flow in one process, on the sandbox'],
      [
        'tablepick serve reservation payment gateway notifications --transport kafka',
        "the same over the sandbox's Kafka",
      ],
      [
        'tablepick serve payment --gateway-url https://pay.example --callback-secret-file secret --brokers kafka:9092',
        'one service of your own system',
      ],
      ['tablepick serve gateway --latency 300ms --fail-rate 0.1 --lost-answer-rate 0.05', 'a provider that misbehaves'],
    ],
    run: async (context, command) =>
      (await import('./run-serve.js')).serveCommand(context, command.processedArgs[0] as ServiceName[], command.opts()),
  },
  {
    path: ['consume'],
    argument: { name: '<topic>', description: 'for example payments', parse: String },
    summary: 'print the messages of a topic, one JSON object a line',
    options: () => [
      new Option(
        '--group <name>',
        'go on where this group stopped, and remember how far it came (default: from the first)',
      ),
      new Option('--type <name>', 'only messages of this type'),
      new Option('--key <text>', 'only messages of this key, the id of the reservation'),
      new Option('--limit <n>', 'end after so many').argParser(parseCount('--limit', 1)),
      duration('--until-idle', 'end when nothing came for that time (default: at Ctrl-C)'),
      ...transportOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick consume payments --key 17 --until-idle 2s', 'what was said about the payment of reservation 17'],
    ],
    run: async (context, command) =>
      (await import('../messages/run-consume.js')).consumeCommand(
        context,
        command.processedArgs[0] as string,
        command.opts(),
      ),
  },
];
