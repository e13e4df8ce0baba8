import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { redisOptions } from '../options/redis-options.js';
import { reservationArgument } from './reservation-options.js';

/** `tablepick confirm` */
export const confirmCommand = defineCommand({
  name: 'confirm',
  summary: 'confirm a hold that is not due yet',
  argument: reservationArgument,
  options: [...redisOptions, ...connectionOptions],
});
