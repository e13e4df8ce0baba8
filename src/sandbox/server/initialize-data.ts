import { mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Engine, ServerProgram } from '../engines/engine.js';
import type { InstanceFolder } from '../instance/instance-folder.js';
import { findProcessByArgument, isAlive } from './process-identity.js';
import type { SandboxOptions } from '../sandbox.js';

/** What is initialised, and with what. */
export interface InitializeDataInput {
  engine: Engine;
  program: ServerProgram;
  folder: InstanceFolder;
  options: SandboxOptions;
}

const POLL_MS = 20;

/**
 * Makes the data directory: in a folder beside, moved into place when complete, so that whatever stops it, the next
 * command begins anew. The caller holds the instance's lock.
 *
 * @throws `SANDBOX_FAILED` with the server's last words; `ABORTED` when the signal fires.
 */
export async function initializeData({ engine, program, folder, options }: InitializeDataInput): Promise<void> {
  const prefix = `${basename(folder.dataDir)}.initializing-`;
  await removeUnfinished(engine, dirname(folder.dataDir), prefix);
  const draft = mkdtempSync(join(dirname(folder.dataDir), prefix));
  options.onEvent?.({ kind: 'initializing', engine: engine.name, dataDir: folder.dataDir });
  try {
    // A container's image initialises its data folder by itself.
    if (program.source !== 'docker') await engine.initialize(program, { dataDir: draft, signal: options.signal });
    renameSync(draft, folder.dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function removeUnfinished(engine: Engine, parent: string, prefix: string): Promise<void> {
  const left = readdirSync(parent).filter((name) => name.startsWith(prefix));
  for (const name of left) {
    await endInitializer(engine.dataDirOption(join(parent, name)));
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * It outlives a client that was killed, and MySQL's spins for ever once its files are gone; nothing it wrote is of use.
 */
async function endInitializer(mark: string): Promise<void> {
  const initializer = findProcessByArgument(mark);
  if (initializer === undefined) return;
  process.kill(initializer.pid, 'SIGKILL');
  while (isAlive(initializer)) await sleep(POLL_MS);
}
