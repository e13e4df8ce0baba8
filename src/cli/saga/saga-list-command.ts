import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { countOption, durationOption } from '../options/number-options.js';

/** `tablepick saga list` */
export const sagaListCommand = defineCommand({
  name: 'saga list',
  summary: 'print where reservations stand between seat and money, latest first',
  options: [
    option('--stuck', 'only those that do not go on by themselves'),
    durationOption('--older-than <duration>', 'a step that takes longer counts as stuck', {
      default: 60_000,
      defaultText: '1m',
    }),
    countOption('--limit <n>', 'sagas to print', { default: 50 }),
    ...connectionOptions,
  ],
});
