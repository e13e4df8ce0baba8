import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { filesBelow } from './files-below.mjs';
import { replaceFile } from './replace-file.mjs';

const STAMP = '.build-stamp';
const scripts = fileURLToPath(new URL('..', import.meta.url));

/** A digest of everything that decides the output of a build. `typescript` is the compiler's package.json. */
export function digestInputs(typescript) {
  const sources = filesBelow('src').filter((name) => !name.endsWith('.test.ts'));
  const program = ['build.mjs', ...filesBelow(path.join(scripts, 'build')).map((name) => path.join('build', name))];
  return digest([
    ...sources.map((name) => path.join('src', name)),
    ...program.map((name) => path.join(scripts, name)),
    ...['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', typescript].filter(existsSync),
  ]);
}

/** Whether `folder` holds the output of a build of these inputs, and nothing else. */
export function isUpToDate(folder, inputs) {
  try {
    return readFileSync(path.join(folder, STAMP), 'utf8') === stampOf(folder, inputs);
  } catch {
    // There is no stamp, or a build replaces files at this moment.
    return false;
  }
}

/** Notes that `folder` holds the output of a build of these inputs. */
export function writeStamp(folder, inputs) {
  replaceFile(path.join(folder, STAMP), Buffer.from(stampOf(folder, inputs)));
}

function stampOf(folder, inputs) {
  const outputs = filesBelow(folder).filter((name) => name !== STAMP);
  return `inputs ${inputs}\noutputs ${digest(outputs.map((name) => path.join(folder, name)))}\n`;
}

function digest(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}
