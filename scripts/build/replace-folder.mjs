import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { filesBelow } from './files-below.mjs';
import { replaceFile } from './replace-file.mjs';

/**
 * Makes `folder` hold the files of `built`. A file that differs is replaced in one step, an equal file is not touched,
 * and files that `built` lacks are removed last.
 */
export function replaceFolder(folder, built) {
  const wanted = filesBelow(built);
  for (const name of wanted) replaceFile(path.join(folder, name), readFileSync(path.join(built, name)));
  const kept = new Set(wanted);
  const left = filesBelow(folder).filter((name) => !kept.has(name));
  for (const name of left) rmSync(path.join(folder, name), { force: true });
}
