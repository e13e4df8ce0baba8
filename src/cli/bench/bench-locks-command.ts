import { defineCommand } from '../command.js';
import { parseCounts, parseNames, parseRate, parseShare, parseSweep } from '../options/bench-values.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';
import { redisOptions } from '../options/redis-options.js';
import { reportOptions } from './report-options.js';

/** `tablepick bench locks` */
export const benchLocksCommand = defineCommand({
  name: 'bench locks',
  summary: 'compare lock strategies under load on a scratch schema, every run judged, and write a report',
  options: [
    option(
      '--strategies <names>',
      'comma-separated: names, by-hand, or .mjs files that export one of your own (default: all, and by-hand)',
      { parse: parseNames },
    ),
    countOption('--clients <n>', 'clients at once; with --rate, requests under way at most (default: 150)'),
    countOption('--capacity <n>', 'seats of each slot (default: 100; with --duration, so many that none sells out)'),
    countOption('--pool <n>', 'connections of each process (default: 32)'),
    countOption('--slots <n>', 'slots asked for (default: 1)'),
    option('--hot-share <share>', 'share of the requests, 0 to 1, that ask for the first slot (default: even)', {
      parse: parseShare('--hot-share'),
    }),
    countOption('--requests <n>', 'requests in all (default: one a client)', { conflicts: 'duration' }),
    durationOption('--duration <time>', 'instead: send new requests for so long, e.g. 10s'),
    option('--rate <n>', 'arrivals a second at random times, whatever became of those before: an open load', {
      parse: parseRate('--rate'),
    }),
    option('--processes <n>', 'processes that share the clients; 1,4 measures both (default: 1)', {
      parse: parseCounts('--processes'),
    }),
    option('--isolation <level>', 'default: read-committed', { choices: ['read-committed', 'repeatable-read'] }),
    option('--saga', 'measure each strategy also with recordSaga(), beside itself without'),
    option('--sweep <what=values>', 'one of clients, hot-share and pool at several values, in one report', {
      parse: parseSweep,
    }),
    countOption('--seed <n>', 'makes arrivals and slots the same again (default: 1)'),
    ...redisOptions,
    countOption('--repeat <n>', 'measured rounds after the warm-up (default: 3)'),
    ...reportOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick bench locks', 'all strategies: 150 requests at once for the 100 seats of one slot'],
    ['tablepick bench locks --clients 1000 --duration 10s', 'the hottest slot there is, without an end to its seats'],
    ['tablepick bench locks --clients 1000 --duration 10s --slots 10000', 'the same clients over 10,000 slots'],
    ['tablepick bench locks --strategies combining --saga --clients 1000 --duration 10s', 'what do the messages cost?'],
    ['tablepick bench locks --sweep clients=1,10,100 --duration 5s', 'from which load on does it matter?'],
  ],
});
