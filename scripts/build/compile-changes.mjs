import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';

import { filesBelow } from './files-below.mjs';

/** What tsc built, and what it has to know to compile only what a change reaches. */
const KEPT = '.build';
const BUILT = path.join(KEPT, 'dist');

/**
 * Compiles what has changed in src/ since the last call, and returns the folder that holds all that src/ gives;
 * undefined when the sources have an error, which tsc has told.
 */
export function compileChanges(tsc) {
  const wanted = new Set(filesBelow('src').flatMap(outputsOf));
  const isComplete = () => [...wanted].every((name) => existsSync(path.join(BUILT, name)));
  if (!compile(tsc)) return undefined;
  if (!isComplete()) {
    // Files were taken from the folder; tsc does not look whether those are there that it wrote before.
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
