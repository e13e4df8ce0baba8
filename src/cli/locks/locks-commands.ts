import { Option } from 'commander';

import type { CommandEntry } from '../command.js';
import { parseCount, parseDuration } from '../options/option-values.js';
import { connectionOptions } from '../options/options.js';

/** The commands of `tablepick locks`. */
export const locksCommands: readonly CommandEntry[] = [
  {
    path: ['locks', 'watch'],
    summary: 'show who waits for whom on which slot, the hottest slots and the last deadlock, until Ctrl-C',
    options: () => [
      new Option('--interval <duration>', 'from one look to the next, 200ms or more')
        .argParser(parseDuration('--interval', 200))
        .default(1000, '1s'),
      new Option('--for <duration>', 'end after that time (default: at Ctrl-C)').argParser(parseDuration('--for')),
      new Option('--once', 'look once, print what is there and end').conflicts(['interval', 'for']),
      new Option('--top <n>', 'waits and slots to print').argParser(parseCount('--top', 1)).default(10),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick locks watch --url mysql://app@db.example/reservations', 'live, once a second, until Ctrl-C'],
      ['tablepick locks watch --for 5m --json', 'what was waited for in five minutes, as one JSON object'],
      ['tablepick locks watch --once', 'who waits right now'],
    ],
    run: async (context, command) => (await import('./run-locks-watch.js')).watchLocksCommand(context, command.opts()),
  },
];
