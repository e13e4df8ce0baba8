import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from '../errors.js';
import type { InstanceFolder } from './instance-folder.js';
import { isAlive } from './process-identity.js';
import type { SandboxEngine, SandboxOptions } from './sandbox.js';
import { isRunning, readRunning, writeState, type ServerState } from './server-state.js';

const EXIT_WITHIN_MS = 60_000;
const POLL_MS = 20;

/**
 * Asks the instance's server to end and waits until it has; no server is no error. The caller holds the instance's lock.
 *
 * @throws `SANDBOX_FAILED`, retriable, when it has not ended within a minute; it is never killed.
 */
export async function stopServer(
  folder: InstanceFolder,
  { engine, onEvent }: { engine: SandboxEngine; onEvent?: SandboxOptions['onEvent'] },
): Promise<void> {
  const state = signalServer(folder);
  if (state === undefined) return;
  const began = performance.now();
  onEvent?.({ kind: 'stopping', engine, pid: state.pid });
  await waitForExit(state);
  onEvent?.({ kind: 'stopped', engine, pid: state.pid, seconds: (performance.now() - began) / 1000 });
}

/**
 * Sends the instance's server, and no other process, the signal to end; does not wait.
 *
 * @returns The server that was asked; undefined when none runs.
 */
export function signalServer(folder: InstanceFolder): ServerState | undefined {
  const state = readRunning(folder.statePath);
  if (state === undefined) return undefined;
  writeState(folder.statePath, { ...state, stopping: true });
  if (isRunning(state)) process.kill(state.pid, 'SIGTERM');
  return state;
}

/**
 * Waits for a server that was asked to end.
 *
 * @throws `SANDBOX_FAILED`, retriable, after a minute.
 */
export async function waitForExit(state: ServerState): Promise<void> {
  const deadline = Date.now() + EXIT_WITHIN_MS;
  while (isAlive(state)) {
    if (Date.now() > deadline) throw stillRunning(state);
    await sleep(POLL_MS);
  }
}

function stillRunning(state: ServerState): TablepickError {
  return new TablepickError(
    'SANDBOX_FAILED',
    `the sandbox's server (pid ${state.pid}) is still shutting down ${EXIT_WITHIN_MS / 1000} s after it was asked to`,
    { retriable: true, hint: 'It may have much to write; wait, then see: tablepick sandbox status.' },
  );
}
