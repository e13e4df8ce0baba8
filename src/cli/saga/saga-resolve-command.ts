import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { operatorOption, sagaArgument } from './saga-options.js';

/** `tablepick saga resolve` */
export const sagaResolveCommand = defineCommand({
  name: 'saga resolve',
  summary: 'end a saga whose refund failed and that was settled by hand',
  argument: sagaArgument,
  options: [
    option('--note <text>', 'how it was settled, for the history', { mandatory: true }),
    operatorOption,
    ...connectionOptions,
  ],
  examples: [['tablepick saga resolve 17 --note "bank transfer 2026-12-01, ticket 4711"', 'no longer counts as stuck']],
});
