import { listSandboxes, sandboxStatus } from '../../sandbox/index.js';
import type { ArgumentOfCommand, CommandContext, OptionsOfCommand } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { tellStatus, withoutPassword, withBlankLineBefore } from './tell-status.js';
import type { sandboxStatusCommand } from './sandbox-status-command.js';
import { settingsOf } from './settings-of.js';

type Options = OptionsOfCommand<typeof sandboxStatusCommand>;
type Server = ArgumentOfCommand<typeof sandboxStatusCommand>;

/** `tablepick sandbox status`: of the named server, else of the database and every other server that is there. */
export async function runSandboxStatus(context: CommandContext, options: Options, server: Server): Promise<number> {
  const settings = settingsOf(context, options, server);
  const status = await sandboxStatus(settings);
  if (settings.engine !== undefined) return tellStatus(context, status);
  const others = listSandboxes(settings).filter(({ engine }) => engine !== status.engine);
  const all = [status, ...others].map(withoutPassword);
  context.output.result({ ...all[0], others: all.slice(1) }, () => all.flatMap(withBlankLineBefore).slice(1));
  return exitCodes.done;
}
