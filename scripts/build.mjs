// Compiles src/ with tsc and adds the files that tsc leaves out (the .sql files, also as a module). Only then it brings
// dist/ up to date. Each file that differs is replaced in one step, so that a program that runs from dist/ meanwhile
// finds every module. Files that are not built any more are removed last. A build that fails changes nothing. When the
// inputs are those of the last build, nothing is done.
import { createRequire } from 'node:module';
import path from 'node:path';

import { compileChanges } from './build/compile-changes.mjs';
import { inlineSchema } from './build/inline-schema.mjs';
import { lockFile } from './build/lock-file.mjs';
import { replaceFolder } from './build/replace-folder.mjs';
import { digestInputs, isUpToDate, writeStamp } from './build/stamp.mjs';

const typescript = createRequire(import.meta.url).resolve('typescript/package.json');

if (!isUpToDate('dist', digestInputs(typescript))) {
  const unlock = lockFile('dist.lock');
  try {
    // Read again: another build may have ended while this one waited.
    const inputs = digestInputs(typescript);
    if (!isUpToDate('dist', inputs)) build(inputs);
  } finally {
    unlock();
  }
}

function build(inputs) {
  const built = compileChanges(path.join(path.dirname(typescript), 'bin/tsc'));
  if (built === undefined) {
    process.exitCode = 1;
    return;
  }
  inlineSchema('src/database/schema', path.join(built, 'database'));
  replaceFolder('dist', built);
  writeStamp('dist', inputs);
}
