import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { countOption } from '../options/number-options.js';

/** `tablepick reservations check` */
export const reservationsCheckCommand = defineCommand({
  name: 'reservations check',
  summary: 'hold every slot against its reservations, beside live traffic; exit code 3 when something is wrong',
  options: [
    countOption('--limit <n>', 'violations to list of each kind', { least: 0, default: 20 }),
    ...connectionOptions,
  ],
});
