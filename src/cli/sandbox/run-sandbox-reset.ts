import { sandboxReset, sandboxStatus } from '../../sandbox/index.js';
import type { ArgumentOfCommand, CommandContext, OptionsOfCommand } from '../command.js';
import { confirm } from '../output/confirm.js';
import { tellStatus } from './tell-status.js';
import type { sandboxResetCommand } from './sandbox-reset-command.js';
import { settingsOf } from './settings-of.js';

type Options = OptionsOfCommand<typeof sandboxResetCommand>;
type Server = ArgumentOfCommand<typeof sandboxResetCommand>;

/** `tablepick sandbox reset` */
export async function runSandboxReset(context: CommandContext, options: Options, server: Server): Promise<number> {
  const settings = settingsOf(context, options, server);
  const { engine, dataDir } = await sandboxStatus(settings);
  const command = `tablepick sandbox reset ${engine} --yes`;
  if (!options.yes) await confirm(context, { question: `delete the ${engine} sandbox's data in ${dataDir}?`, command });
  return tellStatus(context, await sandboxReset({ ...settings, engine }));
}
