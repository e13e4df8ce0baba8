import { TablepickError } from '../../errors.js';
import { sandboxStatus } from '../../sandbox/index.js';
import type { ArgumentOfCommand, CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import type { sandboxUrlCommand } from './sandbox-url-command.js';
import { settingsOf } from './settings-of.js';

type Options = OptionsOfCommand<typeof sandboxUrlCommand>;
type Server = ArgumentOfCommand<typeof sandboxUrlCommand>;

/** `tablepick sandbox url`: the only command that prints the password. */
export async function runSandboxUrl(context: CommandContext, options: Options, server: Server): Promise<number> {
  const { engine, url } = await sandboxStatus(settingsOf(context, options, server));
  if (url === undefined) {
    throw new TablepickError('SANDBOX_UNAVAILABLE', `the ${engine} sandbox is not up, so it has no URL`, {
      hint: `tablepick sandbox up ${engine}`,
    });
  }
  context.output.result({ url }, () => url);
  return exitCodes.done;
}
