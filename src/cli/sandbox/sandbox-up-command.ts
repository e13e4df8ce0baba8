import { defineCommand } from '../command.js';
import { sandboxOptions, serverArgument } from './sandbox-options.js';

/** `tablepick sandbox up` */
export const sandboxUpCommand = defineCommand({
  name: 'sandbox up',
  summary: 'start the sandbox and leave it up',
  argument: serverArgument,
  options: sandboxOptions,
});
