import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from '../../errors.js';
import type { Engine } from '../engines/engine.js';
import type { InstanceFolder } from '../instance/instance-folder.js';
import { isAlive } from './process-identity.js';
import { readRunning } from './running-server.js';
import type { SandboxOptions } from '../sandbox.js';
import { isRunning, writeState, type ServerState } from './server-state.js';
import { waitForGreeting } from './wait-for-greeting.js';

const EXIT_WITHIN_MS = 60_000;
const GREETING_WITHIN_MS = 60_000;
const POLL_MS = 20;

/**
 * Asks the instance's server to end and waits for its end. When no server runs, it does nothing. The caller holds the
 * instance's lock.
 *
 * @throws `SANDBOX_FAILED`, retriable, when it is still starting after a minute or has not ended a minute later. It is
 * never killed.
 */
export async function stopServer(
  folder: InstanceFolder,
  { engine, onEvent }: { engine: Engine; onEvent?: SandboxOptions['onEvent'] },
): Promise<void> {
  const running = readRunning(engine, folder);
  if (running === undefined) return;
  if (!(await canEnd(running, { engine, folder }, GREETING_WITHIN_MS))) throw stillStarting(running);
  const state = signalServer(engine, folder);
  if (state === undefined) return;
  const began = performance.now();
  onEvent?.({ kind: 'stopping', engine: engine.name, pid: state.pid });
  await waitForExit(state);
  const seconds = (performance.now() - began) / 1000;
  onEvent?.({ kind: 'stopped', engine: engine.name, pid: state.pid, seconds });
}

/**
 * Waits for the start of a server to finish, at most `withinMs`. When MariaDB is asked to end before it accepts
 * clients, it waits for ever.
 *
 * @returns True when the server may be asked to end, or when it has ended by itself.
 * @source MariaDB server pull request 3536 (MDEV-34814): `break_connect_loop()` waits for a loop that has not begun.
 */
export async function canEnd(
  state: ServerState,
  { engine, folder }: { engine: Engine; folder: InstanceFolder },
  withinMs: number,
): Promise<boolean> {
  return state.stopping || (await waitForGreeting(state, engine, { folder, withinMs })).kind !== 'late';
}

/**
 * Sends the instance's server the signal to end and does not wait. The server must have accepted clients before.
 *
 * @returns The server that got the signal, or undefined when none runs.
 */
export function signalServer(engine: Engine, folder: InstanceFolder): ServerState | undefined {
  const state = readRunning(engine, folder);
  if (state === undefined) return undefined;
  writeState(folder.statePath, { ...state, stopping: true });
  if (isRunning(state)) process.kill(state.pid, 'SIGTERM');
  return state;
}

/**
 * Waits for the end of a server that got the signal.
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

function stillStarting(state: ServerState): TablepickError {
  return new TablepickError(
    'SANDBOX_FAILED',
    `the sandbox's server (pid ${state.pid}) is still starting after ${GREETING_WITHIN_MS / 1000} s and is not stopped before it has`,
    {
      retriable: true,
      hint: `It may be recovering. If it never ends: kill -9 ${state.pid}; committed rows survive that.`,
    },
  );
}

function stillRunning(state: ServerState): TablepickError {
  return new TablepickError(
    'SANDBOX_FAILED',
    `the sandbox's server (pid ${state.pid}) is still shutting down ${EXIT_WITHIN_MS / 1000} s after it was asked to`,
    {
      retriable: true,
      hint: `It may have much to write. If it never ends: kill -9 ${state.pid}; committed rows survive that.`,
    },
  );
}
