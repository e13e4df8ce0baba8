import { rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';

import { TablepickError } from '../errors.js';
import { lockOptions } from './acquire-sandbox.js';
import { chooseEngine, chooseExistingEngine } from './engines/choose-engine.js';
import type { Engine } from './engines/engine.js';
import { findContainer } from './programs/docker-server.js';
import { ensureRunning } from './server/ensure-running.js';
import { openHome, openInstance, type InstanceFolder } from './instance/instance-folder.js';
import { nameFullDisk } from './instance/name-full-disk.js';
import { findProcessInside } from './server/process-identity.js';
import { readRunning } from './server/running-server.js';
import type { SandboxOptions, SandboxStatus } from './sandbox.js';
import { withLock } from './instance/sandbox-lock.js';
import { describeInstance } from './sandbox-status.js';
import { liveUsers } from './instance/sandbox-users.js';
import { stopServer } from './server/stop-server.js';

/**
 * Starts the server and keeps it up, also without users, until {@link sandboxDown}.
 *
 * @throws As `acquireSandbox`.
 * @example
 * const { url } = await sandboxUp({ engine: 'redis' });
 */
export async function sandboxUp(options: SandboxOptions = {}): Promise<SandboxStatus> {
  return nameFullDisk(openHome(options), () => leaveUp(options));
}

async function leaveUp(options: SandboxOptions): Promise<SandboxStatus> {
  const engine = await chooseEngine(options);
  const folder = openInstance(options, engine.name);
  return withLock(folder.lockPath, lockOptions(options), async () => {
    await ensureRunning(engine, folder, options);
    writeFileSync(folder.upMarker, '');
    return describeInstance(engine, folder);
  });
}

/**
 * Stops the server. The data stays. When processes use the server, its last user stops it: then `state` is `running`
 * and `userPids` names the users. Default `engine`: the running one.
 *
 * @throws `SANDBOX_FAILED`, retriable, when it has not ended within a minute; `ABORTED` when the signal fires.
 */
export async function sandboxDown(options: SandboxOptions = {}): Promise<SandboxStatus> {
  const engine = await chooseExistingEngine(options);
  const folder = openInstance(options, engine.name);
  return withLock(folder.lockPath, lockOptions(options), async () => {
    rmSync(folder.upMarker, { force: true });
    if (liveUsers(folder.usersDir).length === 0) await stop(engine, folder, options);
    return describeInstance(engine, folder);
  });
}

/**
 * Stops the server and deletes its data. The next command begins with an empty server. The server is no longer kept up.
 *
 * @throws `SANDBOX_FAILED` when processes use it, another process works on its data, or it has not ended within a
 * minute; `ABORTED` when the signal fires.
 */
export async function sandboxReset(options: SandboxOptions = {}): Promise<SandboxStatus> {
  const engine = await chooseExistingEngine(options);
  const folder = openInstance(options, engine.name);
  return withLock(folder.lockPath, lockOptions(options), async () => {
    refuseInUse(engine, folder);
    rmSync(folder.upMarker, { force: true });
    await stop(engine, folder, options);
    await refuseServed(engine, folder, options);
    await rm(folder.dataDir, { recursive: true, force: true });
    return describeInstance(engine, folder);
  });
}

function stop(engine: Engine, folder: InstanceFolder, options: SandboxOptions): Promise<void> {
  return stopServer(folder, { engine, onEvent: options.onEvent });
}

/**
 * Refuses when a process or container still works on the data after the server was stopped. The sandbox does not know
 * it.
 */
async function refuseServed(engine: Engine, folder: InstanceFolder, { signal }: SandboxOptions): Promise<void> {
  const pid = readRunning(engine, folder)?.pid ?? findProcessInside(folder.dataDir);
  if (pid !== undefined) {
    throw new TablepickError(
      'SANDBOX_FAILED',
      `pid ${pid} works on the ${engine.name} sandbox's data in ${folder.dataDir}: not reset`,
      { hint: 'End that process, then run it again: tablepick sandbox reset.' },
    );
  }
  const container = await findContainer(folder.dataDir, signal);
  if (container === undefined) return;
  throw new TablepickError(
    'SANDBOX_FAILED',
    `the container ${container} works on the ${engine.name} sandbox's data: not reset`,
    { hint: `docker stop ${container}, then run it again: tablepick sandbox reset.` },
  );
}

function refuseInUse(engine: Engine, folder: InstanceFolder): void {
  const pids = [...new Set(liveUsers(folder.usersDir).map((user) => user.pid))];
  if (pids.length === 0) return;
  throw new TablepickError(
    'SANDBOX_FAILED',
    `the ${engine.name} sandbox is in use by pid ${pids.join(', ')}: not reset`,
    {
      hint: 'Let those commands end, then run it again: tablepick sandbox reset.',
    },
  );
}
