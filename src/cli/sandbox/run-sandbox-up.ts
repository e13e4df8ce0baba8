import { sandboxUp } from '../../sandbox/index.js';
import type { ArgumentOfCommand, CommandContext, OptionsOfCommand } from '../command.js';
import { tellStatus } from './tell-status.js';
import type { sandboxUpCommand } from './sandbox-up-command.js';
import { settingsOf } from './settings-of.js';

type Options = OptionsOfCommand<typeof sandboxUpCommand>;
type Server = ArgumentOfCommand<typeof sandboxUpCommand>;

/** `tablepick sandbox up` */
export async function runSandboxUp(context: CommandContext, options: Options, server: Server): Promise<number> {
  return tellStatus(context, await sandboxUp(settingsOf(context, options, server)));
}
