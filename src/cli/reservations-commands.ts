import { Option } from 'commander';

import type { CommandEntry } from './command.js';
import { parseCount } from './option-values.js';
import { connectionOptions } from './options.js';

/** The commands of `tablepick reservations`. */
export const reservationsCommands: readonly CommandEntry[] = [
  {
    path: ['reservations', 'check'],
    summary: 'hold every slot against its reservations, beside live traffic; exit code 3 when something is wrong',
    options: () => [
      new Option('--limit <n>', 'violations to list of each kind').argParser(parseCount('--limit', 0)).default(20),
      ...connectionOptions(),
    ],
    run: async (context, command) =>
      (await import('./commands/reservations-check.js')).checkReservations(context, command.opts()),
  },
];
