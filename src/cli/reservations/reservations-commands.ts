import { Option } from 'commander';

import type { CommandEntry } from '../command.js';
import { defaultStrategy, lockStrategyNames } from '../../reservations/locks/strategy-names.js';
import { parseCount, parseDuration, parseIds } from '../options/option-values.js';
import { connectionOptions, redisOptions } from '../options/options.js';

const reservationArgument = {
  name: '<reservation>',
  description: 'id of the reservation; of several made as one, any of them',
  parse: parseCount('<reservation>', 1),
};

function idOf(command: { processedArgs: unknown[] }): number {
  return command.processedArgs[0] as number;
}

const memberOption = (description: string): Option =>
  new Option('--member <id>', description).argParser(parseCount('--member', 1)).makeOptionMandatory();

/** The commands about one reservation, and those of `tablepick reservations`. */
export const reservationsCommands: readonly CommandEntry[] = [
  {
    path: ['reserve'],
    summary: 'reserve a slot, or several all or nothing; the same key again gives the same answer',
    options: () => [
      new Option('--slot <ids>', 'id of the slot, or several as 17,18').argParser(parseIds('--slot')),
      new Option('--restaurant <id>', "instead of --slot, with --date and --time: the slot's restaurant")
        .argParser(parseCount('--restaurant', 1))
        .conflicts('slot'),
      new Option('--date <yyyy-mm-dd>', "date of the slot by the restaurant's calendar").conflicts('slot'),
      new Option('--time <hh:mm>', "time of the slot by the restaurant's clock").conflicts('slot'),
      memberOption('who reserves'),
      new Option('--party <n>', 'guests').argParser(parseCount('--party', 1)).default(1),
      new Option('--seats-per <what>', 'what a party takes of the capacity: one seat, or one a guest')
        .choices(['party', 'guest'])
        .default('party'),
      new Option('--hold <duration>', 'expires unless confirmed within that time (default: never)').argParser(
        parseDuration('--hold'),
      ),
      new Option('--key <text>', 'names the request, to repeat it safely (default: a new UUID)'),
      new Option('--strategy <name>', 'how seats are taken when others want them, too')
        .choices(lockStrategyNames)
        .default(defaultStrategy),
      ...redisOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick reserve --slot 17 --member 7 --party 2 --hold 10m', 'held for ten minutes'],
      ['tablepick reserve --restaurant 1 --date 2026-12-24 --time 19:00 --member 7', 'the slot by what people call it'],
      ['tablepick reserve --slot 17,18 --member 7 --party 9', 'two tables, or two hours: both or none'],
    ],
    run: async (context, command) => (await import('./run-reserve.js')).reserveCommand(context, command.opts()),
  },
  {
    path: ['confirm'],
    argument: reservationArgument,
    summary: 'confirm a hold that is not due yet',
    options: () => [...redisOptions(), ...connectionOptions()],
    run: async (context, command) =>
      (await import('./end-reservation.js')).confirmCommand(context, idOf(command), command.opts()),
  },
  {
    path: ['cancel'],
    argument: reservationArgument,
    summary: 'cancel a reservation and give its seats back, exactly once',
    options: () => [memberOption('who holds it: nobody else may cancel it'), ...redisOptions(), ...connectionOptions()],
    run: async (context, command) =>
      (await import('./end-reservation.js')).cancelCommand(context, idOf(command), command.opts()),
  },
  {
    path: ['reservations', 'expire'],
    summary: 'expire the holds that are due and give their seats back',
    options: () => [
      new Option('--every <duration>', 'go on until Ctrl-C, with this wait between two sweeps').argParser(
        parseDuration('--every'),
      ),
      ...redisOptions(),
      ...connectionOptions(),
    ],
    run: async (context, command) => (await import('./end-reservation.js')).expireCommand(context, command.opts()),
  },
  {
    path: ['reservations', 'check'],
    summary: 'hold every slot against its reservations, beside live traffic; exit code 3 when something is wrong',
    options: () => [
      new Option('--limit <n>', 'violations to list of each kind').argParser(parseCount('--limit', 0)).default(20),
      ...connectionOptions(),
    ],
    run: async (context, command) =>
      (await import('./run-reservations-check.js')).checkReservations(context, command.opts()),
  },
];
