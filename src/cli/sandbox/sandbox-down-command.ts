import { defineCommand } from '../command.js';
import { sandboxOptions, serverArgument } from './sandbox-options.js';

/** `tablepick sandbox down` */
export const sandboxDownCommand = defineCommand({
  name: 'sandbox down',
  summary: 'stop the sandbox; data stays, but for that of redis, which keeps none',
  argument: serverArgument,
  options: sandboxOptions,
});
