import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { countOption } from '../options/number-options.js';
import { redisOptions } from '../options/redis-options.js';
import { reservationArgument } from './reservation-options.js';

/** `tablepick cancel` */
export const cancelCommand = defineCommand({
  name: 'cancel',
  summary: 'cancel a reservation and give its seats back, exactly once',
  argument: reservationArgument,
  options: [
    countOption('--member <id>', 'who holds it: nobody else may cancel it', { mandatory: true }),
    ...redisOptions,
    ...connectionOptions,
  ],
});
