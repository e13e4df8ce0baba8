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
 * The first installed server of that engine: on PATH, in the usual places, in Homebrew's.
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

/** The version the program says it has; undefined when it cannot be run or is no server of that engine. */
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
