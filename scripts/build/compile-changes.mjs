import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';

import { filesBelow } from './files-below.mjs';

/** The output of tsc, and its notes, with which it compiles only the files that a change reaches. */
const KEPT = '.build';
const BUILT = path.join(KEPT, 'dist');

/**
 * Compiles the changes in src/ since the last call. Returns the folder with the whole output of src/; undefined when
 * the sources have an error, which tsc has printed.
 */
export function compileChanges(tsc) {
  const wanted = new Set(filesBelow('src').flatMap(outputsOf));
  const isComplete = () => [...wanted].every((name) => existsSync(path.join(BUILT, name)));
  if (!compile(tsc)) return undefined;
  if (!isComplete()) {
    // Files were removed from the folder. tsc does not check whether its earlier output is still there.
    rmSync(KEPT, { recursive: true, force: true });
    if (!compile(tsc)) return undefined;
  }
  const left = filesBelow(BUILT).filter((name) => !wanted.has(name));
  for (const name of left) rmSync(path.join(BUILT, name));
  return BUILT;
}

function compile(tsc) {
  const incremental = ['--incremental', '--tsBuildInfoFile', path.join(KEPT, '.tsbuildinfo')];
  const words = [tsc, '-p', 'tsconfig.build.json', '--outDir', BUILT, '--noEmitOnError', ...incremental];
  return spawnSync(process.execPath, words, { stdio: 'inherit' }).status === 0;
}

function outputsOf(source) {
  if (!/(?<!\.d|\.test)\.ts$/.test(source)) return [];
  const name = source.slice(0, -'.ts'.length);
  return [`${name}.js`, `${name}.d.ts`];
}
