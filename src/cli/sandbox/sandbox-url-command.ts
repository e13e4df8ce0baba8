import { defineCommand } from '../command.js';
import { sandboxOptions, serverArgument } from './sandbox-options.js';

/** `tablepick sandbox url` */
export const sandboxUrlCommand = defineCommand({
  name: 'sandbox url',
  summary: 'print the URL of a sandbox that is up, with its password',
  argument: serverArgument,
  options: sandboxOptions,
});
