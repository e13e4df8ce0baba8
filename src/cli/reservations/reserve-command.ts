import { defaultStrategy, lockStrategyNames } from '../../reservations/locks/strategy-names.js';
import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';
import { parseIds } from '../options/option-values.js';
import { redisOptions } from '../options/redis-options.js';

/** `tablepick reserve` */
export const reserveCommand = defineCommand({
  name: 'reserve',
  summary: 'reserve a slot, or several all or nothing; the same key again gives the same answer',
  options: [
    option('--slot <ids>', 'id of the slot, or several as 17,18', { parse: parseIds('--slot') }),
    countOption('--restaurant <id>', "instead of --slot, with --date and --time: the slot's restaurant", {
      conflicts: 'slot',
    }),
    option('--date <yyyy-mm-dd>', "date of the slot by the restaurant's calendar", { conflicts: 'slot' }),
    option('--time <hh:mm>', "time of the slot by the restaurant's clock", { conflicts: 'slot' }),
    countOption('--member <id>', 'who reserves', { mandatory: true }),
    countOption('--party <n>', 'guests', { default: 1 }),
    option('--seats-per <what>', 'what a party takes of the capacity: one seat, or one a guest', {
      choices: ['party', 'guest'],
      default: 'party',
    }),
    durationOption('--hold <duration>', 'expires unless confirmed within that time (default: never)'),
    option('--key <text>', 'names the request, to repeat it safely (default: a new UUID)'),
    option('--strategy <name>', 'how seats are taken when others want them, too', {
      choices: lockStrategyNames,
      default: defaultStrategy,
    }),
    ...redisOptions,
    ...connectionOptions,
  ],
  examples: [
    ['tablepick reserve --slot 17 --member 7 --party 2 --hold 10m', 'held for ten minutes'],
    ['tablepick reserve --restaurant 1 --date 2030-12-24 --time 19:00 --member 7', 'the slot by what people call it'],
    ['tablepick reserve --slot 17,18 --member 7 --party 9', 'two tables, or two hours: both or none'],
  ],
});
