import { defineCommand } from '../command.js';
import { sandboxOptions, serverArgument } from './sandbox-options.js';

/** `tablepick sandbox status` */
export const sandboxStatusCommand = defineCommand({
  name: 'sandbox status',
  summary: 'print engine, version, state and folders of the sandbox',
  argument: serverArgument,
  options: sandboxOptions,
});
