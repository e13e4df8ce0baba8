import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';
import { redisOptions } from '../options/redis-options.js';
import { paymentDatabaseOptions, relayOption } from '../options/service-options.js';

/** `tablepick reconcile` */
export const reconcileCommand = defineCommand({
  name: 'reconcile',
  summary: 'say whether money and seats agree, and repair what does not; exit code 3 when something is left',
  options: [
    option('--fix', 'repair what can be repaired; without it nothing is written'),
    durationOption('--older-than <duration>', 'what changed less long ago may be under way and does not count', {
      default: 60_000,
      defaultText: '1m',
    }),
    countOption('--limit <n>', 'keys to list of each class', { least: 0, default: 20 }),
    durationOption('--every <duration>', 'go on until Ctrl-C, with this wait between two rounds'),
    option('--report <file>', 'write everything that was found to a JSON file'),
    option('--gateway-url <url>', 'the payment provider (default: $TABLEPICK_GATEWAY_URL, else what needs it is left)'),
    countOption(
      '--compare-paid <n>',
      'latest paid payments of which the provider is asked whether it has that very money',
      { least: 0, default: 1000 },
    ),
    relayOption,
    ...redisOptions,
    ...paymentDatabaseOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick reconcile', 'what disagrees right now; reads only'],
    ['tablepick reconcile --fix --every 3m --gateway-url https://pay.example', 'keep money and seats together'],
    ['tablepick reconcile --report found.json --limit 3', 'all keys in a file, three of each class on the screen'],
  ],
});
