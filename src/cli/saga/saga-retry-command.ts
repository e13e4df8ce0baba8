import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { operatorOption, sagaArgument } from './saga-options.js';

/** `tablepick saga retry` */
export const sagaRetryCommand = defineCommand({
  name: 'saga retry',
  summary: 'ask for a refund that failed, or was never answered, once more',
  argument: sagaArgument,
  options: [
    option('--note <text>', 'why, for the history', { default: 'tried again' }),
    operatorOption,
    ...connectionOptions,
  ],
});
