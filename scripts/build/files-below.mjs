import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** The sorted paths of all files below `folder`, relative to it; none when there is no such folder. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  return files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
}
