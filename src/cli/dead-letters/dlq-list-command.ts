import { defineCommand } from '../command.js';
import { option } from '../options/define-option.js';
import { countOption } from '../options/number-options.js';
import { bothDatabasesOptions, serviceOption } from '../options/service-options.js';
import { deadLetterFilterOptions } from './dead-letter-options.js';

/** `tablepick dlq list` */
export const dlqListCommand = defineCommand({
  name: 'dlq list',
  summary: 'print messages that could not be handled or sent, by id',
  options: [
    serviceOption,
    option('--state <state>', 'dead: waits for you; redriven; parked', {
      choices: ['dead', 'redriven', 'parked', 'all'],
      default: 'dead',
    }),
    ...deadLetterFilterOptions,
    countOption('--limit <n>', 'letters of each service', { default: 50 }),
    ...bothDatabasesOptions,
  ],
});
