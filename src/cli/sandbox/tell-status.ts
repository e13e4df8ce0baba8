import { redactUrl } from '../../redact.js';
import type { SandboxStatus } from '../../sandbox/index.js';
import type { CommandContext } from '../command.js';
import { exitCodes } from '../exit-codes.js';
import { formatFields } from '../output/format.js';

/** Prints the state of the sandbox; its URL without the password. */
export function tellStatus(context: CommandContext, status: SandboxStatus): number {
  const shown = withoutPassword(status);
  context.output.result(shown, () => describeStatus(shown));
  return exitCodes.done;
}

/** The status with a URL that may be shown. */
export function withoutPassword(status: SandboxStatus): SandboxStatus {
  return { ...status, url: status.url && redactUrl(status.url) };
}

/** The lines of one sandbox after an empty line. */
export function withBlankLineBefore(status: SandboxStatus): string[] {
  return ['', ...describeStatus(status)];
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
