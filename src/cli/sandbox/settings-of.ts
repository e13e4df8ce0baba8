import type { SandboxEngine, SandboxOptions } from '../../sandbox/index.js';
import type { CommandContext } from '../command.js';
import { sandboxSettings } from '../connections/sandbox-settings.js';
import { chooseServer } from '../options/option-values.js';

/**
 * The sandbox that a command is about: by its argument `[server]`, else by `--engine`. Undefined means the database
 * that is there.
 */
export function settingsOf(
  context: CommandContext,
  options: { engine?: SandboxEngine },
  server: SandboxEngine | undefined,
): SandboxOptions {
  return sandboxSettings(context, { engine: chooseServer(server, options) });
}
