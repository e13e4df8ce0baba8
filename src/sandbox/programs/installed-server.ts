import { join } from 'node:path';

import type { Engine, ServerProgram } from '../engines/engine.js';
import { isProgram, pathFolders } from './find-on-path.js';
import { runCommand } from './run-command.js';

const SYSTEM_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/bin',
  '/usr/local/bin',
  '/usr/libexec',
  '/usr/local/libexec',
];

/**
 * The first installed server of an engine: on PATH, in the system's folders, in the engine's own folders.
 *
 * @throws `ABORTED` when `signal` fires.
 */
export async function findInstalled(engine: Engine, signal?: AbortSignal): Promise<ServerProgram | undefined> {
  for (const path of candidatePaths(engine)) {
    const command = engine.installedCommand ? engine.installedCommand(path) : [path];
    const version = command && (await askVersion(engine, command, signal));
    if (command && version !== undefined) return { engine: engine.name, version, source: 'installed', path, command };
  }
  return undefined;
}

/** The version that the program prints. Undefined when it cannot run or is not a server of this engine. */
export async function askVersion(
  engine: Engine,
  command: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  try {
    const text = await runCommand([...command, ...engine.versionArguments], { doing: 'asking for a version', signal });
    return engine.versionIn(text);
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

function candidatePaths(engine: Engine): string[] {
  const folders = [...new Set([...pathFolders(), ...SYSTEM_FOLDERS, ...engine.installedFolders])];
  const paths = engine.programNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.filter(isProgram);
}
