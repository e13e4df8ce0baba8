import { existsSync } from 'node:fs';

import { isTablepickError } from '../../errors.js';
import type { Engine, ServerProgram } from '../engines/engine.js';
import { findServer } from '../programs/find-server.js';
import { initializeData } from './initialize-data.js';
import { openHome, type InstanceFolder } from '../instance/instance-folder.js';
import { readInstancePassword } from '../instance/instance-password.js';
import { readRunning } from './running-server.js';
import type { SandboxOptions } from '../sandbox.js';
import { readState, writeState, type ServerState } from './server-state.js';
import { startServer, waitUntilReady } from './start-server.js';
import { waitForExit } from './stop-server.js';

/**
 * Returns the instance's server, running and ready. A running server is adopted. Otherwise a server is found and
 * started. When there is no data yet, it is initialised first. The caller holds the instance's lock.
 *
 * @throws `SANDBOX_UNAVAILABLE`, `SANDBOX_FAILED` or `ABORTED`.
 */
export async function ensureRunning(
  engine: Engine,
  folder: InstanceFolder,
  options: SandboxOptions,
): Promise<ServerState> {
  return (await adoptServer(engine, folder, options)) ?? (await startAfresh(engine, folder, options));
}

async function adoptServer(
  engine: Engine,
  folder: InstanceFolder,
  options: SandboxOptions,
): Promise<ServerState | undefined> {
  const running = readRunning(engine, folder);
  if (running === undefined) return undefined;
  if (running.stopping) {
    await waitForExit(running);
    return undefined;
  }
  const ready = await waitUntilReady(running, { engine, folder, options });
  if (ready === undefined) return undefined;
  // The state file may have been lost.
  writeState(folder.statePath, ready);
  const { pid, version, port } = ready;
  options.onEvent?.({
    kind: 'adopted',
    engine: engine.name,
    version,
    url: engine.url(port, readInstancePassword(folder)),
    pid,
  });
  return ready;
}

async function startAfresh(engine: Engine, folder: InstanceFolder, options: SandboxOptions): Promise<ServerState> {
  const program = await prepareProgram(engine, folder, options);
  const began = performance.now();
  const started = await startServer({ engine, program, folder, options });
  options.onEvent?.({
    kind: 'started',
    engine: engine.name,
    version: started.version,
    url: engine.url(started.port, readInstancePassword(folder)),
    pid: started.pid,
    seconds: (performance.now() - began) / 1000,
  });
  return started;
}

/** Finds a server, and initialises the data when there is none. */
async function prepareProgram(engine: Engine, folder: InstanceFolder, options: SandboxOptions): Promise<ServerProgram> {
  const hasData = existsSync(folder.dataDir);
  const lastSource = hasData ? readState(folder.statePath)?.source : undefined;
  const program = await findServer(engine, { home: openHome(options), lastSource, options });
  const { version, source, path } = program;
  options.onEvent?.({ kind: 'found', engine: engine.name, version, source, path });
  if (hasData) return program;
  try {
    await initializeData({ engine, program, folder, options });
    return program;
  } catch (error) {
    if (source !== 'installed' || options.source !== undefined || !isTablepickError(error, 'SANDBOX_FAILED'))
      throw error;
    // An installed server may have access only to its own folders (AppArmor on Ubuntu). A server from a package has
    // full access.
    options.onEvent?.({ kind: 'unusable', engine: engine.name, path, message: error.message });
    return prepareProgram(engine, folder, { ...options, source: 'package' });
  }
}
