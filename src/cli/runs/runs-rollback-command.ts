import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { keysLimitOption, yesOption } from '../options/question-options.js';
import { runArgument } from './run-argument.js';

/** `tablepick runs rollback` */
export const runsRollbackCommand = defineCommand({
  name: 'runs rollback',
  summary: 'remove exactly the slots a run inserted, except those that carry a reservation',
  argument: runArgument,
  options: [
    option('--dry-run', 'tell what would be removed; reads only'),
    yesOption,
    keysLimitOption,
    ...connectionOptions,
  ],
});
