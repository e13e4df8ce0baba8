import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { durationOption } from '../options/number-options.js';
import { redisOptions } from '../options/redis-options.js';

/** `tablepick reservations expire` */
export const reservationsExpireCommand = defineCommand({
  name: 'reservations expire',
  summary: 'expire the holds that are due and give their seats back',
  options: [
    durationOption('--every <duration>', 'go on until Ctrl-C, with this wait between two sweeps'),
    ...redisOptions,
    ...connectionOptions,
  ],
});
