import { Option } from 'commander';

import type { CommandEntry } from '../command.js';
import { parseCount, parseDuration, parseFaults } from '../options/option-values.js';
import { connectionOptions } from '../options/options.js';
import { paymentDatabaseOptions, transportOptions } from '../options/transport-options.js';

const sagaArgument = {
  name: '<reservation>',
  description: 'id of the reservation, of several made as one the first',
  parse: parseCount('<reservation>', 1),
};

function idOf(command: { processedArgs: unknown[] }): number {
  return command.processedArgs[0] as number;
}

const operatorOption = (): Option =>
  new Option('--by <name>', 'who does it, for the history (default: your user name)');

/** The commands of `tablepick saga`. */
export const sagaCommands: readonly CommandEntry[] = [
  {
    path: ['saga', 'list'],
    summary: 'print where reservations stand between seat and money, latest first',
    options: () => [
      new Option('--stuck', 'only those that do not go on by themselves'),
      new Option('--older-than <duration>', 'a step that takes longer counts as stuck')
        .argParser(parseDuration('--older-than'))
        .default(60_000, '1m'),
      new Option('--limit <n>', 'sagas to print').argParser(parseCount('--limit', 1)).default(50),
      ...connectionOptions(),
    ],
    run: async (context, command) => (await import('./run-saga.js')).listSagasCommand(context, command.opts()),
  },
  {
    path: ['saga', 'show'],
    argument: sagaArgument,
    summary: 'print one saga: seat, money, every step on both sides, dead letters',
    options: () => [...paymentDatabaseOptions(), ...connectionOptions()],
    run: async (context, command) =>
      (await import('./run-saga.js')).showSagaCommand(context, idOf(command), command.opts()),
  },
  {
    path: ['saga', 'retry'],
    argument: sagaArgument,
    summary: 'ask for a refund that failed, or was never answered, once more',
    options: () => [
      new Option('--note <text>', 'why, for the history').default('tried again'),
      operatorOption(),
      ...connectionOptions(),
    ],
    run: async (context, command) =>
      (await import('./run-saga.js')).retrySagaCommand(context, idOf(command), command.opts()),
  },
  {
    path: ['saga', 'resolve'],
    argument: sagaArgument,
    summary: 'end a saga whose refund failed and that was settled by hand',
    options: () => [
      new Option('--note <text>', 'how it was settled, for the history').makeOptionMandatory(),
      operatorOption(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick saga resolve 17 --note "bank transfer 2026-12-01, ticket 4711"', 'no longer counts as stuck'],
    ],
    run: async (context, command) =>
      (await import('./run-saga.js')).resolveSagaCommand(context, idOf(command), command.opts()),
  },
  {
    path: ['saga', 'simulate'],
    summary: 'play every message with everything that can go wrong with it; exit code 3 when money or seats are wrong',
    options: () => [
      new Option('--faults <names>', 'only these, with commas between (default: all)').argParser(parseFaults),
      new Option('--markdown <file>', 'write the compensation document'),
      ...transportOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick saga simulate', 'about half a minute on the sandbox, in databases of its own'],
      ['tablepick saga simulate --faults duplicate,late --transport kafka', 'some of it over Kafka'],
    ],
    run: async (context, command) => (await import('./run-saga-simulate.js')).simulateCommand(context, command.opts()),
  },
];
