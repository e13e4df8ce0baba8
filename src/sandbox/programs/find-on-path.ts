import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The folders of PATH, in its order. */
export function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
}

/** The first program with this name on PATH, or undefined. */
export function findOnPath(name: string): string | undefined {
  return pathFolders()
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** True for an executable file. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
