import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file that only its owner may read: whole or not at all, in place of an older one whatever that one's
 * permissions were.
 */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.draft`;
  // A mode given to an existing file would not count.
  rmSync(draft, { force: true });
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
  renameSync(draft, path);
}
