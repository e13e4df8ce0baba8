// Compiles src/ with tsc, adds what tsc leaves behind (the .sql files, also as a module), and only then brings dist/ up to date: each file that
// differs is replaced in one step, so that whoever runs from dist/ meanwhile finds every module. A build that fails changes
// nothing. --clean also removes from dist/ what is not built any more.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { inlineSchema } from './inline-schema.mjs';
import { replaceFolder } from './replace-folder.mjs';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const built = mkdtempSync(path.join(tmpdir(), 'tablepick-build-'));
try {
  const words = [tsc, '-p', 'tsconfig.build.json', '--outDir', built, '--noEmitOnError'];
  process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
  if (process.exitCode === 0) {
    cpSync('src/database/schema', path.join(built, 'database/schema'), { recursive: true });
    inlineSchema('src/database/schema', path.join(built, 'database/schema-texts.js'));
    replaceFolder('dist', { by: built, isClean: process.argv.includes('--clean') });
  }
} finally {
  rmSync(built, { recursive: true, force: true });
}
