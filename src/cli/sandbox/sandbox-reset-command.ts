import { defineCommand } from '../command.js';
import { yesOption } from '../options/question-options.js';
import { sandboxOptions, serverArgument } from './sandbox-options.js';

/** `tablepick sandbox reset` */
export const sandboxResetCommand = defineCommand({
  name: 'sandbox reset',
  summary: 'stop the sandbox and delete its data',
  argument: serverArgument,
  options: [yesOption, ...sandboxOptions],
});
