import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { countOption } from '../options/number-options.js';

/** `tablepick runs list` */
export const runsListCommand = defineCommand({
  name: 'runs list',
  summary: 'print the runs on record, newest first',
  options: [countOption('--limit <n>', 'runs to print', { default: 50 }), ...connectionOptions],
});
