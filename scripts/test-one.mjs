// Runs single test files, each with the servers that its name says: npm run test:one -- test/rollback.db.test.ts [more
// files] [-t "name"].
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const words = process.argv.slice(2);
const wrong = words.find((word) => /\.test\.ts$/.test(word) && !existsSync(word));
if (wrong !== undefined || !words.some((word) => existsSync(word))) {
  console.error(
    wrong === undefined ? 'name a test file: npm run test:one -- test/rollback.db.test.ts' : `there is no ${wrong}`,
  );
  process.exit(2);
}
const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
process.exitCode = spawnSync(process.execPath, [vitest, 'run', ...words], { stdio: 'inherit' }).status ?? 1;
