// Compiles src/ into dist/ with tsc and copies what tsc leaves behind (the .sql files). --clean empties dist/ first.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
if (process.argv.includes('--clean')) rmSync('dist', { recursive: true, force: true });
cpSync('src/database/schema', 'dist/database/schema', { recursive: true });
process.exitCode = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' }).status ?? 1;
