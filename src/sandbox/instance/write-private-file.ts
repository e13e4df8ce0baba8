import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file that only its owner may read. The write is atomic. It replaces an older file, with any permissions.
 */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.draft`;
  // For an existing file, the mode would have no effect.
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
  renameSync(draft, path);
}
