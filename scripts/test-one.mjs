// Runs single test files, each with the servers that its name says: npm run test:one -- test/rollback.db.test.ts [more
// files] [-t "name"]. A name that no test has is an error: nothing would have been tested.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const EXAMPLE = 'npm run test:one -- test/rollback.db.test.ts';
const scratch = mkdtempSync(path.join(tmpdir(), 'tablepick-test-one-'));
try {
  const { files, name } = readWords();
  run(files, name);
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function readWords() {
  const options = { testNamePattern: { type: 'string', short: 't' } };
  const { values, positionals: files } = parseArgs({ options, allowPositionals: true });
  if (files.length === 0) throw new Error(`name a test file: ${EXAMPLE}`);
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`there is no ${missing}`);
  const other = files.find((file) => !file.endsWith('.test.ts'));
  if (other !== undefined) throw new Error(`${other} is no test file: ${EXAMPLE}`);
  return { files, name: values.testNamePattern };
}

function run(files, name) {
  const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const report = path.join(scratch, 'report.json');
  const words = [vitest, 'run', ...files, ...(name === undefined ? [] : ['-t', name])];
  const env = { ...process.env, TABLEPICK_TEST_REPORT: report };
  process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit', env }).status ?? 1;
  if (process.exitCode === 0 && !hasRun(report)) {
    throw new Error(`no test there has a name that /${name}/ finds: the name is a regular expression over all of it`);
  }
}

function hasRun(report) {
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  return numPassedTests + numFailedTests > 0;
}
