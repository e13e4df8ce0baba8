import { defineCommand } from '../command.js';
import { argument } from '../options/define-option.js';
import { parseCount } from '../options/option-values.js';
import { bothDatabasesOptions } from '../options/service-options.js';
import { oneServiceOption } from './dead-letter-options.js';

/** `tablepick dlq show` */
export const dlqShowCommand = defineCommand({
  name: 'dlq show',
  summary: 'print one letter with headers, payload, error and stack',
  argument: argument('<id>', 'id of the letter, see dlq list', parseCount('<id>', 1)),
  options: [oneServiceOption, ...bothDatabasesOptions],
});
