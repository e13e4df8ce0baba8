import { defineCommand } from '../command.js';
import { option } from '../options/define-option.js';
import { bothDatabasesOptions } from '../options/service-options.js';
import { idsArgument, oneServiceOption } from './dead-letter-options.js';

/** `tablepick dlq park` */
export const dlqParkCommand = defineCommand({
  name: 'dlq park',
  summary: 'put dead letters aside with a note; dlq redrive with their ids takes them back',
  argument: idsArgument('<ids>'),
  options: [oneServiceOption, option('--note <text>', 'why', { mandatory: true }), ...bothDatabasesOptions],
});
