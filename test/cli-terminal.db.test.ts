import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CliDatabase, createCliDatabase } from './support/cli-database.js';
import { programPath } from './support/run-cli.js';
import { runProgram } from './support/run-program.js';

let database: CliDatabase;

beforeAll(async () => {
  database = await createCliDatabase();
});

afterAll(() => database.drop());

/**
 * Runs `tablepick` on a terminal that script(1) makes, as a person would and not a CI, and returns all that it wrote
 * there.
 */
async function runOnTerminal(words: string, env: Record<string, string> = {}): Promise<string> {
  const line = `stty cols 120; env -u CI '${process.execPath}' '${programPath}' ${words}`;
  const result = await runProgram('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: { TABLEPICK_DATABASE_URL: database.url, ...env },
  });
  expect(result.code, result.stdout).toBe(0);
  return result.stdout;
}

describe('on a terminal', () => {
  it('a generation shows a bar for the whole and one a worker, and leaves the terminal as it was', async () => {
    const screen = await runOnTerminal('generate-slots --from 2027-01-01 --days 30 --strategy prepared --workers 2');
    expect(screen).toMatch(/inserting [█░]+ +\d+\.\d % {2}[\d,]+ of 9,600 rows {2}[\d,]+ rows\/s {2}ETA /);
    expect(screen).toMatch(/worker 1 +[█░]+ +\d+\.\d % {2}[\d,]+ rows/);
    expect(screen).toMatch(/worker 2 +[█░]+/);
    expect(screen.lastIndexOf('\u001B[?7h')).toBeGreaterThan(screen.lastIndexOf('\u001B[?7l'));
    expect(screen).toMatch(/proof: planned = present = distinct = 9,600/);
  });

  it('--quiet shows no bar', async () => {
    const screen = await runOnTerminal('generate-slots --from 2027-03-01 --quiet');
    expect(screen).not.toMatch(/[█░]/);
    expect(screen).toMatch(/proof: /);
  });

  it('NO_COLOR is kept', async () => {
    const coloured = await runOnTerminal('doctor', { NO_COLOR: '', TERM: 'xterm-256color' });
    expect(coloured).toContain('\u001B[32m');
    expect(await runOnTerminal('doctor', { NO_COLOR: '1', TERM: 'xterm-256color' })).not.toContain('\u001B[3');
  });
});
