import { existsSync } from 'node:fs';

import { chooseEngine } from './engines/choose-engine.js';
import type { Engine } from './engines/engine.js';
import { ensureRunning } from './server/ensure-running.js';
import { openHome, openInstance, type InstanceFolder } from './instance/instance-folder.js';
import { readInstancePassword } from './instance/instance-password.js';
import { nameFullDisk } from './instance/name-full-disk.js';
import type { Sandbox, SandboxOptions } from './sandbox.js';
import { tryLockNow, withLock } from './instance/sandbox-lock.js';
import { addUser, liveUsers, removeUser } from './instance/sandbox-users.js';
import type { ServerState } from './server/server-state.js';
import { signalServer, stopServer } from './server/stop-server.js';

/**
 * Starts a private server, or joins a running one, and records this process as its user. Several processes, and several
 * calls in one process, share the server. Its data stays after a stop. When the last user was killed, the next call
 * adopts the server.
 *
 * @throws `SANDBOX_UNAVAILABLE` when this machine has no server and no way to get one; `SANDBOX_FAILED` when it does
 * not start; `DISK_FULL` when the disk of its home is full; `BAD_OPTION` for an unknown engine or a bad instance name;
 * `ABORTED` when the signal fires.
 * @example
 * const sandbox = await acquireSandbox({ engine: 'mysql' });
 * const database = await connect({ url: sandbox.url });
 */
export async function acquireSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return nameFullDisk(openHome(options), () => useServer(options));
}

async function useServer(options: SandboxOptions): Promise<Sandbox> {
  const engine = await chooseEngine(options);
  const folder = openInstance(options, engine.name);
  const { state, userPath } = await withLock(folder.lockPath, lockOptions(options), async () => {
    const running = await ensureRunning(engine, folder, options);
    return { state: running, userPath: addUser(folder.usersDir) };
  });
  return describeSandbox({ engine, folder, state, userPath, options });
}

/** The lock options of the sandbox's calls. */
export function lockOptions({ signal, onEvent }: SandboxOptions): Parameters<typeof withLock>[1] {
  return { signal, onWait: (pid) => onEvent?.({ kind: 'waiting', pid }) };
}

interface Acquired {
  engine: Engine;
  folder: InstanceFolder;
  state: ServerState;
  userPath: string;
  options: SandboxOptions;
}

function describeSandbox(acquired: Acquired): Sandbox {
  const { engine, folder, state } = acquired;
  return {
    engine: engine.name,
    version: state.version,
    source: state.source,
    path: state.path,
    url: engine.url(state.port, readInstancePassword(folder)),
    port: state.port,
    socketPath: state.socketPath,
    dataDir: folder.dataDir,
    pid: state.pid,
    release: () => releaseSandbox(acquired),
    releaseNow: () => releaseSandboxNow(acquired),
    [Symbol.asyncDispose]: () => releaseSandbox(acquired),
  };
}

async function releaseSandbox({ engine, folder, userPath, options }: Acquired): Promise<void> {
  if (!existsSync(userPath)) return;
  // The caller's signal is not used here: a command that is being stopped must also stop its server.
  await withLock(folder.lockPath, {}, async () => {
    removeUser(userPath);
    if (isUnused(folder)) await stopServer(folder, { engine, onEvent: options.onEvent });
  });
}

const LOCK_ATTEMPTS = 10;
const LOCK_PAUSE_MS = 10;

function releaseSandboxNow({ engine, folder, userPath }: Acquired): void {
  if (!existsSync(userPath)) return;
  removeUser(userPath);
  const unlock = insistOnLock(folder.lockPath);
  if (unlock === undefined) return;
  try {
    if (isUnused(folder)) signalServer(engine, folder);
  } finally {
    unlock();
  }
}

/**
 * When two users exit together, one holds the lock for a moment. A longer holder starts or stops the server itself.
 */
function insistOnLock(path: string): (() => void) | undefined {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 1; attempt < LOCK_ATTEMPTS; attempt += 1) {
    const unlock = tryLockNow(path);
    if (unlock !== undefined) return unlock;
    Atomics.wait(pause, 0, 0, LOCK_PAUSE_MS);
  }
  return tryLockNow(path);
}

function isUnused(folder: InstanceFolder): boolean {
  return !existsSync(folder.upMarker) && liveUsers(folder.usersDir).length === 0;
}
