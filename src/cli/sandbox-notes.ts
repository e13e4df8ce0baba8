import type { SandboxEvent } from '../sandbox/index.js';
import type { Output } from './output.js';

/** Tells the steps of preparing a sandbox that take long enough for a person to wonder. */
export function noteSandboxEvent(output: Output, event: SandboxEvent): void {
  const line = describeSandboxEvent(event);
  if (line !== undefined) output.note(line);
}

function describeSandboxEvent(event: SandboxEvent): string | undefined {
  switch (event.kind) {
    case 'waiting':
      return `waiting for process ${event.pid}, which is preparing the sandbox`;
    case 'fetching':
      return `no server installed: fetching ${event.what} (${event.from}) into ${event.path}; nothing is installed`;
    case 'initializing':
      return `creating an empty ${event.engine} database in ${event.dataDir}`;
    case 'stopped':
    case 'stopping':
    case 'found':
    case 'started':
    case 'adopted':
      return undefined;
  }
}
