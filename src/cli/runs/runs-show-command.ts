import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { runArgument } from './run-argument.js';

/** `tablepick runs show` */
export const runsShowCommand = defineCommand({
  name: 'runs show',
  summary: 'print one run: range, strategy, progress, rows that failed',
  argument: runArgument,
  options: connectionOptions,
});
