import { sandboxDown } from '../../sandbox/index.js';
import type { ArgumentOfCommand, CommandContext, OptionsOfCommand } from '../command.js';
import { tellStatus } from './tell-status.js';
import type { sandboxDownCommand } from './sandbox-down-command.js';
import { settingsOf } from './settings-of.js';

type Options = OptionsOfCommand<typeof sandboxDownCommand>;
type Server = ArgumentOfCommand<typeof sandboxDownCommand>;

/** `tablepick sandbox down` */
export async function runSandboxDown(context: CommandContext, options: Options, server: Server): Promise<number> {
  return tellStatus(context, await sandboxDown(settingsOf(context, options, server)));
}
