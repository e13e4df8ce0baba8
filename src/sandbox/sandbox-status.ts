import { existsSync } from 'node:fs';

import { chooseExistingEngine } from './engines/choose-engine.js';
import type { Engine } from './engines/engine.js';
import { allEngines } from './engines/engine-named.js';
import { openInstance, type InstanceFolder } from './instance/instance-folder.js';
import { readInstancePassword } from './instance/instance-password.js';
import { readRunning } from './server/running-server.js';
import type { SandboxOptions, SandboxStatus } from './sandbox.js';
import { liveUsers } from './instance/sandbox-users.js';
import { readState } from './server/server-state.js';

/**
 * The status of the sandbox. Starts and fetches nothing. Default `engine`: the running one, else the one of the next
 * command.
 *
 * @throws `BAD_OPTION` for an unknown engine or a bad instance name.
 */
export async function sandboxStatus(options: SandboxOptions = {}): Promise<SandboxStatus> {
  const engine = await chooseExistingEngine(options);
  return describeInstance(engine, openInstance(options, engine.name));
}

/** Every server of the instance that runs or has data. Starts and fetches nothing. */
export function listSandboxes(options: Omit<SandboxOptions, 'engine'> = {}): SandboxStatus[] {
  const all = allEngines.map((engine) => describeInstance(engine, openInstance(options, engine.name)));
  return all.filter(({ state }) => state !== 'empty');
}

/** The status of an engine's instance, from its files and the process table. */
export function describeInstance(engine: Engine, folder: InstanceFolder): SandboxStatus {
  const running = readRunning(engine, folder);
  const last = running ?? readState(folder.statePath);
  const users = liveUsers(folder.usersDir).map((user) => user.pid);
  return {
    engine: engine.name,
    state: running ? 'running' : existsSync(folder.dataDir) ? 'stopped' : 'empty',
    url: running && engine.url(running.port, readInstancePassword(folder)),
    port: running?.port,
    pid: running?.pid,
    version: last?.version,
    source: last?.source,
    path: last?.path,
    socketPath: last?.socketPath,
    dataDir: folder.dataDir,
    logPath: folder.logPath,
    keptUp: existsSync(folder.upMarker),
    userPids: [...new Set(users)],
  };
}
