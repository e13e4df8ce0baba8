import { Option } from 'commander';

import type { CommandEntry } from '../command.js';
import { letterFilterOptions, parseLetterRate } from '../dead-letters/dead-letter-options.js';
import { parseCount, parseDuration, parseIds } from '../options/option-values.js';
import { connectionOptions } from '../options/options.js';
import { paymentDatabaseOptions, relayOption, transportOptions } from '../options/transport-options.js';

const serviceOption = (): Option =>
  new Option('--service <name>', 'whose (default: all that have a database)').choices([
    'reservation',
    'payment',
    'all',
  ]);

const oneServiceOption = (): Option =>
  new Option('--service <name>', 'whose letter it is (default: who has one with that id)').choices([
    'reservation',
    'payment',
  ]);

const databaseOptions = (): Option[] => [...paymentDatabaseOptions(), ...connectionOptions()];

const idsArgument = (name: string) => ({
  name,
  description: 'ids of letters of one service, 17 or 17,18',
  parse: parseIds(name),
});

function argumentOf<T>(command: { processedArgs: unknown[] }): T {
  return command.processedArgs[0] as T;
}

const outboxCommands: readonly CommandEntry[] = [
  {
    path: ['outbox', 'status'],
    summary: 'print what waits to be sent, since when, and what could not be; works while the transport is away',
    options: () => [
      serviceOption(),
      new Option('--every <duration>', 'a line each so often, until Ctrl-C').argParser(parseDuration('--every', 100)),
      relayOption(),
      ...databaseOptions(),
    ],
    run: async (context, command) =>
      (await import('./run-outbox-status.js')).outboxStatusCommand(context, command.opts()),
  },
  {
    path: ['outbox', 'relay'],
    summary: 'send what waits in the outboxes, until Ctrl-C; any number may run at once',
    options: () => [
      serviceOption(),
      new Option('--once', 'end when nothing waits any more'),
      new Option('--batch-rows <n>', 'messages of one batch').argParser(parseCount('--batch-rows', 1)).default(1000),
      ...transportOptions(),
      ...databaseOptions(),
    ],
    examples: [
      ['tablepick outbox relay --brokers kafka1:9092', 'both services to Kafka, until Ctrl-C'],
      ['tablepick outbox relay --service payment --once', 'what the payment service has said so far'],
    ],
    run: async (context, command) =>
      (await import('./run-outbox-relay.js')).outboxRelayCommand(context, command.opts()),
  },
];

const deadLetterCommands: readonly CommandEntry[] = [
  {
    path: ['dlq', 'list'],
    summary: 'print messages that could not be handled or sent, by id',
    options: () => [
      serviceOption(),
      new Option('--state <state>', 'dead: waits for you; redriven; parked')
        .choices(['dead', 'redriven', 'parked', 'all'])
        .default('dead'),
      ...letterFilterOptions(),
      new Option('--limit <n>', 'letters of each service').argParser(parseCount('--limit', 1)).default(50),
      ...databaseOptions(),
    ],
    run: async (context, command) =>
      (await import('../dead-letters/run-dlq-list.js')).listLettersCommand(context, command.opts()),
  },
  {
    path: ['dlq', 'show'],
    argument: { name: '<id>', description: 'id of the letter, see dlq list', parse: parseCount('<id>', 1) },
    summary: 'print one letter with headers, payload, error and stack',
    options: () => [oneServiceOption(), ...databaseOptions()],
    run: async (context, command) =>
      (await import('../dead-letters/run-dlq-show.js')).showLetterCommand(
        context,
        argumentOf<number>(command),
        command.opts(),
      ),
  },
  {
    path: ['dlq', 'redrive'],
    argument: idsArgument('[ids]'),
    summary: 'put dead letters back into the outbox, with their own id and key; exit code 5 when one is refused',
    options: () => [
      serviceOption(),
      new Option('--all', 'all dead ones'),
      ...letterFilterOptions(),
      new Option('--limit <n>', 'letters of each service').argParser(parseCount('--limit', 1)),
      new Option('--dry-run', 'tell what would be redriven; reads only'),
      new Option('--rate <n/s>', 'most letters a second (default: as fast as it goes)').argParser(parseLetterRate),
      new Option('--most-redrives <n>', 'refuse what was redriven as often and died again')
        .argParser(parseCount('--most-redrives', 1))
        .default(3),
      new Option('--force', 'redrive it all the same; with ids, also what is on its way already'),
      new Option('--yes', 'do it without asking'),
      ...databaseOptions(),
    ],
    examples: [
      ['tablepick dlq redrive 17,18', 'two letters, of the service that has both'],
      ['tablepick dlq redrive --reason CONFLICT --since 2h --rate 100/s', 'after an outage, slowly'],
    ],
    run: async (context, command) =>
      (await import('../dead-letters/run-dlq-redrive.js')).redriveCommand(
        context,
        argumentOf<number[] | undefined>(command),
        command.opts(),
      ),
  },
  {
    path: ['dlq', 'park'],
    argument: idsArgument('<ids>'),
    summary: 'put dead letters aside with a note; dlq redrive with their ids takes them back',
    options: () => [oneServiceOption(), new Option('--note <text>', 'why').makeOptionMandatory(), ...databaseOptions()],
    run: async (context, command) =>
      (await import('../dead-letters/run-dlq-park.js')).parkCommand(
        context,
        argumentOf<number[]>(command),
        command.opts(),
      ),
  },
];

/** The commands of `tablepick outbox` and `tablepick dlq`. */
export const messagingCommands: readonly CommandEntry[] = [...outboxCommands, ...deadLetterCommands];
