import { defineCommand } from '../command.js';
import { connectionOptions } from '../options/connection-options.js';
import { runArgument } from './run-argument.js';

/** `tablepick runs adopt` */
export const runsAdoptCommand = defineCommand({
  name: 'runs adopt',
  summary: 'let a run go on, or be taken back, in a table that was rebuilt (OPTIMIZE TABLE), once its rows are proved',
  argument: runArgument,
  options: connectionOptions,
});
