import type { SandboxEngine, SandboxEvent, SandboxOptions } from '../../sandbox/index.js';
import type { CommandContext } from '../command.js';

/**
 * The sandbox of a command: the engine that it names, and the instance that TABLEPICK_SANDBOX names. Slow steps are
 * printed on stderr.
 */
export function sandboxSettings(
  { output, stop }: CommandContext,
  { engine }: { engine?: SandboxEngine | undefined },
): SandboxOptions {
  const instance = process.env.TABLEPICK_SANDBOX;
  return {
    engine,
    instance,
    signal: stop.signal,
    onEvent: (event) => {
      const line = describeSandboxEvent(event);
      if (line !== undefined) output.note(line);
    },
  };
}

function describeSandboxEvent(event: SandboxEvent): string | undefined {
  switch (event.kind) {
    case 'waiting':
      return `waiting for process ${event.pid}, which is preparing the sandbox`;
    case 'fetching':
      return `no server installed: fetching ${event.what} (${event.from}) into ${event.path}; nothing is installed`;
    case 'unusable':
      return `${event.engine} ${event.path} cannot be used: ${event.message}`;
    case 'initializing':
      return `creating an empty data folder for ${event.engine}: ${event.dataDir}`;
    case 'stopped':
    case 'stopping':
    case 'found':
    case 'started':
    case 'adopted':
      return undefined;
  }
}
