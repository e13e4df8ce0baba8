import { Option } from 'commander';

import type { CommandEntry } from '../command.js';
import { parseCount, parseDuration } from '../options/option-values.js';
import { connectionOptions, redisOptions } from '../options/options.js';
import { paymentDatabaseOptions, relayOption } from '../options/transport-options.js';

/** `tablepick reconcile`. */
export const reconcileCommands: readonly CommandEntry[] = [
  {
    path: ['reconcile'],
    summary: 'say whether money and seats agree, and mend what does not; exit code 3 when something is left',
    options: () => [
      new Option('--fix', 'mend what can be mended; without it nothing is written'),
      new Option('--older-than <duration>', 'what changed less long ago may be under way and does not count')
        .argParser(parseDuration('--older-than'))
        .default(60_000, '1m'),
      new Option('--limit <n>', 'keys to list of each class').argParser(parseCount('--limit', 0)).default(20),
      new Option('--every <duration>', 'go on until Ctrl-C, with this wait between two rounds').argParser(
        parseDuration('--every'),
      ),
      new Option('--report <file>', 'write everything that was found to a JSON file'),
      new Option(
        '--gateway-url <url>',
        'the payment provider (default: $TABLEPICK_GATEWAY_URL, else what needs it is left)',
      ),
      new Option(
        '--compare-paid <n>',
        'latest paid payments of which the provider is asked whether it has that very money',
      )
        .argParser(parseCount('--compare-paid', 0))
        .default(1000),
      relayOption(),
      ...redisOptions(),
      ...paymentDatabaseOptions(),
      ...connectionOptions(),
    ],
    examples: [
      ['tablepick reconcile', 'what disagrees right now; reads only'],
      ['tablepick reconcile --fix --every 3m --gateway-url https://pay.example', 'keep money and seats together'],
      ['tablepick reconcile --report found.json --limit 3', 'all keys in a file, three of each class on the screen'],
    ],
    run: async (context, command) => (await import('./run-reconcile.js')).reconcileCommand(context, command.opts()),
  },
];
