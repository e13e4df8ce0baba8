import { mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Engine, ServerProgram } from '../engines/engine.js';
import type { InstanceFolder } from '../instance/instance-folder.js';
import { findProcessByArgument, isAlive } from './process-identity.js';
import type { SandboxOptions } from '../sandbox.js';

/** Settings of {@link initializeData}. */
export interface InitializeDataInput {
  engine: Engine;
  program: ServerProgram;
  folder: InstanceFolder;
  options: SandboxOptions;
}

const POLL_MS = 20;

/**
 * Creates the data directory. It is built in a folder beside it and moved when complete. So after any failure the next
 * command starts again. The caller holds the instance's lock.
 *
 * @throws `SANDBOX_FAILED` with the last lines of the server's output; `ABORTED` when the signal fires.
 */
export async function initializeData({ engine, program, folder, options }: InitializeDataInput): Promise<void> {
  const prefix = `${basename(folder.dataDir)}.initializing-`;
  await removeUnfinished(engine, dirname(folder.dataDir), prefix);
  const draft = mkdtempSync(join(dirname(folder.dataDir), prefix));
  options.onEvent?.({ kind: 'initializing', engine: engine.name, dataDir: folder.dataDir });
  try {
    // A Docker image initialises its data folder by itself.
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
 * When a command was killed, its initializer may still run, so it is killed here. MySQL's initializer would run for
 * ever after its files are gone. Its output is useless.
 */
async function endInitializer(mark: string): Promise<void> {
  const initializer = findProcessByArgument(mark);
  if (initializer === undefined) return;
  process.kill(initializer.pid, 'SIGKILL');
  while (isAlive(initializer)) await sleep(POLL_MS);
}
