import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import type { Engine, ServerProgram } from './engine.js';
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
    const text = await readVersionText([path], signal);
    if (text === undefined || !engine.recognises(text)) continue;
    return { engine: engine.name, version: parseVersion(text), source: 'installed', path, command: [path] };
  }
  return undefined;
}

/** What the program prints about its version; undefined when it cannot be run. */
export async function readVersionText(command: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
  try {
    return await runCommand([...command, '--no-defaults', '--version'], { doing: 'asking for a version', signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

/** The version in that text: `mysqld  Ver 9.7.0-1 for Linux on x86_64` gives `9.7.0-1`. */
export function parseVersion(versionText: string): string {
  return /\bVer (\S+)/.exec(versionText)?.[1] ?? 'of unknown version';
}

function candidatePaths(engine: Engine): string[] {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const folders = [...new Set([...onPath, ...SYSTEM_FOLDERS, ...engine.installedFolders])];
  const paths = engine.programNames.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.filter(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
