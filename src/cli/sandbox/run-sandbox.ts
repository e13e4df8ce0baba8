import { listSandboxes, sandboxDown, sandboxReset, sandboxStatus, sandboxUp } from '../../sandbox/index.js';
import type { SandboxEngine, SandboxStatus } from '../../sandbox/index.js';
import { TablepickError } from '../../errors.js';
import type { CommandContext } from '../command.js';
import { confirm } from '../output/confirm.js';
import { redactUrl } from '../../redact.js';
import { exitCodes } from '../exit-codes.js';
import { formatFields } from '../output/format.js';
import type { OutputOptions } from '../options/options.js';
import { sandboxSettings } from '../connections/sandbox-settings.js';

interface SandboxCommandOptions extends OutputOptions {
  /** The server named, as argument or as `--engine`; undefined means the database that is there. */
  engine?: SandboxEngine | undefined;
}

/** `tablepick sandbox up` */
export async function upSandbox(context: CommandContext, options: SandboxCommandOptions): Promise<number> {
  return tellStatus(context, await sandboxUp(sandboxSettings(context, options)));
}

/** `tablepick sandbox down` */
export async function downSandbox(context: CommandContext, options: SandboxCommandOptions): Promise<number> {
  return tellStatus(context, await sandboxDown(sandboxSettings(context, options)));
}

/** `tablepick sandbox status`: of the server named, else of the database and every other one there is. */
export async function printSandbox(context: CommandContext, options: SandboxCommandOptions): Promise<number> {
  const settings = sandboxSettings(context, options);
  const status = await sandboxStatus(settings);
  if (options.engine !== undefined) return tellStatus(context, status);
  const others = listSandboxes(settings).filter(({ engine }) => engine !== status.engine);
  const all = [status, ...others].map(withoutPassword);
  context.output.result({ ...all[0], others: all.slice(1) }, () => all.flatMap(withBlankLineBefore).slice(1));
  return exitCodes.done;
}

function withBlankLineBefore(status: SandboxStatus): string[] {
  return ['', ...describeStatus(status)];
}

/** `tablepick sandbox url`: the only command that prints the password. */
export async function printSandboxUrl(context: CommandContext, options: SandboxCommandOptions): Promise<number> {
  const { engine, url } = await sandboxStatus(sandboxSettings(context, options));
  if (url === undefined) {
    throw new TablepickError('SANDBOX_UNAVAILABLE', `the ${engine} sandbox is not up, so it has no URL`, {
      hint: `tablepick sandbox up ${engine}`,
    });
  }
  context.output.result({ url }, () => url);
  return exitCodes.done;
}

/** `tablepick sandbox reset` */
export async function resetSandbox(
  context: CommandContext,
  options: SandboxCommandOptions & { yes?: true },
): Promise<number> {
  const settings = sandboxSettings(context, options);
  const { engine, dataDir } = await sandboxStatus(settings);
  const command = `tablepick sandbox reset ${engine} --yes`;
  if (!options.yes) await confirm(context, { question: `delete the ${engine} sandbox's data in ${dataDir}?`, command });
  return tellStatus(context, await sandboxReset({ ...settings, engine }));
}

function tellStatus(context: CommandContext, status: SandboxStatus): number {
  const shown = withoutPassword(status);
  context.output.result(shown, () => describeStatus(shown));
  return exitCodes.done;
}

function withoutPassword(status: SandboxStatus): SandboxStatus {
  return { ...status, url: status.url && redactUrl(status.url) };
}

function describeStatus(status: SandboxStatus): string[] {
  const { engine, state, version, source, path, url, pid, dataDir, logPath, keptUp, userPids } = status;
  const optional = { url, pid: pid?.toString(), server: version && `${version} (${source ?? '?'}, ${path ?? '?'})` };
  return formatFields([
    ['engine', engine],
    ['state', keptUp ? `${state}, left up` : state],
    ...Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ...(userPids.length > 0 ? [['used by', userPids.join(', ')] as const] : []),
    ['data', dataDir],
    ['log', logPath],
  ]);
}
