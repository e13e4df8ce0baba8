import { describe, expect, it } from 'vitest';

import { runProgram } from './support/run-program.js';

const script = 'scripts/test-one.mjs';

describe('npm run test:one', () => {
  it.each([
    ['no file', [], 'name a test file: '],
    ['a file that is not there', ['test/nonsense.test.ts'], 'there is no test/nonsense.test.ts'],
    ['a file without tests', ['README.md'], 'README.md is no test file: '],
    ['a folder', ['test'], 'test is no test file: '],
    ['a name that no test has', ['src/retry.test.ts', '-t', 'nothing of the kind'], 'no test there has a name'],
  ])('ends with 2 and one clear line for %s', async (_what, words, line) => {
    const { code, stderr } = await runProgram(process.execPath, [script, ...words]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^${line}.*\n$`))]);
  });

  it('ends with 0 when the tests pass', async () => {
    const { code, stdout } = await runProgram(process.execPath, [script, 'src/retry.test.ts']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('src/retry.test.ts')]);
  });
});
