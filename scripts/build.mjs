// Compiles src/ with tsc, adds what tsc leaves behind (the .sql files, also as a module), and only then brings dist/ up
// to date: each file that differs is replaced in one step, so that whoever runs from dist/ meanwhile finds every
// module; what is not built any more goes last. A build that fails changes nothing, and one whose inputs are those of
// the last build does nothing.
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
