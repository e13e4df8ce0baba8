import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { insertOptions, strategyChoices } from '../options/insert-options.js';
import { runArgument } from './run-argument.js';

/** `tablepick runs resume` */
export const runsResumeCommand = defineCommand({
  name: 'runs resume',
  summary: 'go on with a stopped run where it stopped',
  argument: runArgument,
  options: [
    option('--strategy <name>', 'how the rest goes in (default: as the run began)', { choices: strategyChoices }),
    ...insertOptions,
    ...connectionOptions,
  ],
});
