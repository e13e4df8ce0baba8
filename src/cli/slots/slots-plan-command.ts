import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { option } from '../options/define-option.js';
import { planOptions } from './plan-options.js';

/** `tablepick slots plan` */
export const slotsPlanCommand = defineCommand({
  name: 'slots plan',
  summary: 'print how many slots the rules ask for, with checksums',
  options: [
    ...planOptions(),
    option('--by <what>', 'one line a day, or one a restaurant', { choices: ['day', 'restaurant'], default: 'day' }),
    ...connectionOptions,
  ],
});
