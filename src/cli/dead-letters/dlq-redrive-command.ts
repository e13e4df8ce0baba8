import { defineCommand } from '../command.js';
import { option } from '../options/define-option.js';
import { countOption } from '../options/number-options.js';
import { yesOption } from '../options/question-options.js';
import { bothDatabasesOptions, serviceOption } from '../options/service-options.js';
import { deadLetterFilterOptions, idsArgument, parseRedriveRate } from './dead-letter-options.js';

/** `tablepick dlq redrive` */
export const dlqRedriveCommand = defineCommand({
  name: 'dlq redrive',
  summary: 'put dead letters back into the outbox, with their own id and key; exit code 5 when one is refused',
  argument: idsArgument('[ids]'),
  options: [
    serviceOption,
    option('--all', 'all dead ones'),
    ...deadLetterFilterOptions,
    countOption('--limit <n>', 'letters of each service'),
    option('--dry-run', 'tell what would be redriven; reads only'),
    option('--rate <n/s>', 'most letters a second (default: as fast as it goes)', { parse: parseRedriveRate }),
    countOption('--most-redrives <n>', 'refuse what was redriven as often and died again', { default: 3 }),
    option('--force', 'redrive it all the same; with ids, also what is on its way already'),
    yesOption,
    ...bothDatabasesOptions,
  ],
  examples: [
    ['tablepick dlq redrive 17,18', 'two letters, of the service that has both'],
    ['tablepick dlq redrive --reason CONFLICT --since 2h --rate 100/s', 'after an outage, slowly'],
  ],
});
