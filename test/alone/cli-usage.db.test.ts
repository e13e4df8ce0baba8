import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CliDatabase, createCliDatabase, userPassword } from '../support/cli-database.js';
import { expectOneClearLine, jsonOf, runCli } from '../support/run-cli.js';
import { createTestDatabase, testServer, withConnection } from '../support/servers.js';

const NOBODY = 'mysql://nobody@127.0.0.1:1/none';

let database: CliDatabase;

beforeAll(async () => {
  database = await createCliDatabase();
});

afterAll(() => database.drop());

describe('wrong usage ends with 2 and one clear line, before any server is asked', () => {
  it.each<[string[], RegExp]>([
    [['generate-slots', '--workers', '0'], /--workers is '0'/],
    [['generate-slots', '--workers', 'many'], /--workers is 'many'/],
    [['generate-slots', '--batch-rows', '0'], /--batch-rows is '0'/],
    [['generate-slots', '--demo', '0'], /--demo is '0'/],
    [['generate-slots', '--month', '2026-13'], /2026-13/],
    [['generate-slots', '--from', '2026-02-30'], /2026-02-30/],
    [['generate-slots', '--from', '2026-12-02', '--to', '2026-12-01'], /2026-12-02 is after/],
    [['generate-slots', '--from', '2026-12-01', '--days', '0'], /--days is '0'/],
    [['generate-slots', '--days', '3'], /--days needs --from/],
    [['generate-slots', '--month', '2026-12', '--from', '2026-12-01'], /--month.*--from/],
    [['generate-slots', '--from', '2026-12-01', '--to', '2026-12-02', '--days', '2'], /--to.*--days/],
    [['generate-slots', '--strategy', 'fast'], /fast.*Allowed choices/],
    [['generate-slots', '--overnight', 'never'], /never.*Allowed choices/],
    [['generate-slots', '--restaurants', '9-5'], /9 comes after 5/],
    [['generate-slots', '--resume', '--restart'], /--restart.*--resume/],
    [['generate-slots', '--engine', 'mysql', '--url', NOBODY], /--engine.*--url/],
    [['generate-slots', '--fast'], /unknown option '--fast'/],
    [['generate-slots', 'now'], /too many arguments/],
    [['generate-slot'], /unknown command 'generate-slot'.*generate-slots/],
    [['runs', 'show'], /missing required argument 'run'/],
    [['runs', 'show', 'last'], /<run> is 'last'/],
    [['runs', 'undo', '1'], /unknown command 'undo'/],
    [['locks', 'watch', '--interval', '1'], /--interval is '1'/],
    [['locks', 'watch', '--interval', '100ms'], /--interval is '100ms'/],
    [['locks', 'watch', '--for', 'ever'], /--for is 'ever'/],
    [['locks', 'watch', '--once', '--for', '1s'], /--once.*--for/],
    [['init', '--url', 'postgres://localhost/app'], /postgres/],
    [['init', '--password-file', '/does/not/exist'], /\/does\/not\/exist cannot be read/],
    [['init', '--password-prompt'], /needs a terminal/],
  ])('%j', async (words, message) => {
    const result = await runCli(words, { TABLEPICK_DATABASE_URL: NOBODY });
    expectOneClearLine(result, 2, message);
    expect(result.stdout).toBe('');
  });

  it('tells the same as one JSON object with --json', async () => {
    const result = await runCli(['generate-slots', '--workers', '0', '--json']);
    expect(jsonOf(result)).toEqual({
      error: { code: 'BAD_OPTION', message: expect.stringContaining('--workers'), hint: expect.any(String) },
    });
  });

  it('shows help on stderr for a missing command, and on stdout when asked', async () => {
    const [missing, asked] = await Promise.all([runCli(['runs']), runCli(['generate-slots', '--help'])]);
    expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: tablepick runs') });
    expect(asked).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Examples:') });
  });
});

describe('a database that does not do', () => {
  it('is told when no server answers', async () => {
    expectOneClearLine(await runCli(['doctor', '--url', NOBODY]), 1, /127\.0\.0\.1:1/);
  });

  it('is told when the database does not exist', async () => {
    const url = `${testServer('mysql').url}tp_nowhere`.replace(/(?<!\/)\/?tp_nowhere$/, '/tp_nowhere');
    expectOneClearLine(await runCli(['runs', 'list', '--url', url]), 1, /tp_nowhere/);
  });

  it('is told with the way to create the tables when they are missing', async () => {
    const empty = await createTestDatabase(testServer('mysql'));
    const result = await runCli(['generate-slots', '--from', '2026-12-01', '--url', empty.url]);
    expectOneClearLine(result, 1, /restaurant/);
    expect(result.stderr).toMatch(/hint: .*tablepick init/);
    await empty.drop();
  });

  it('is told with the way to find the columns that are missing', async () => {
    const bare = await createTestDatabase(testServer('mysql'));
    const env = { TABLEPICK_DATABASE_URL: bare.url };
    await runCli(['init'], env);
    await withConnection(bare.url, (connection) => connection.query('ALTER TABLE slot_run DROP COLUMN strategy'));
    const result = await runCli(['runs', 'list'], env);
    expectOneClearLine(result, 1, /strategy/);
    expect(result.stderr).toMatch(/hint: (?!.*tablepick init).*tablepick doctor/);
    await bare.drop();
  });

  it('is told with the limit of connections when that is reached', async () => {
    await database.withUser('ALL PRIVILEGES', async (url) => {
      const user = new URL(url).username;
      await database.query(`ALTER USER '${user}'@'%' WITH MAX_USER_CONNECTIONS 1`);
      const full = new URL(url);
      full.password = userPassword;
      await withConnection(full.href, async () => {
        const result = await runCli(['runs', 'list', '--url', full.href]);
        expectOneClearLine(result, 1, /max_user_connections/);
        expect(result.stderr).toMatch(/hint: (?!.*host and port).*max_user_connections/);
      });
    });
  });

  it('is told without the password when that is wrong', async () => {
    await database.withUser('ALL PRIVILEGES', async (url) => {
      const result = await runCli(['runs', 'list', '--url', url], { TABLEPICK_DATABASE_PASSWORD: 'battery staple' });
      expectOneClearLine(result, 1, /ccess denied/);
      expect(result.stderr + result.stdout).not.toContain('battery staple');
    });
  });
});

describe('the password', () => {
  it.each([
    [['runs', 'list', '--urll=mysql://root:s3cret@h/db']],
    [['runs', 'list', 'mysql://root:s3cret@h/db']],
    [['runs', 'show', 'mysql://root:s3cret@h/db', '--json']],
    [['mysql://root:s3cret@h/db']],
  ])('is not printed when a URL stands in the wrong place: %j', async (words) => {
    const result = await runCli(words);
    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).not.toMatch(/s3cret/);
  });

  it('comes from the environment, from a file or in the URL, and is never printed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tablepick-cli-'));
    const file = path.join(folder, 'password');
    await writeFile(file, `${userPassword}\n`);
    await database.withUser('ALL PRIVILEGES', async (url) => {
      const full = new URL(url);
      full.password = userPassword;
      const results = [
        await runCli(['doctor', '--url', url], { TABLEPICK_DATABASE_PASSWORD: userPassword }),
        await runCli(['doctor', '--url', url, '--password-file', file]),
        await runCli(['doctor', '--url', full.href], { TABLEPICK_DATABASE_PASSWORD: 'not this one' }),
      ];
      for (const { stdout, stderr } of results) {
        expect(stdout).toMatch(/version/);
        expect(stdout + stderr).not.toMatch(/correct/);
      }
    });
    await rm(folder, { recursive: true });
  });
});

describe('bad input from the database changes nothing', () => {
  it.each<[string, string, string[], number, RegExp]>([
    ['an unknown restaurant', 'DO 0', ['--restaurants', '1,999'], 2, /999/],
    [
      'a closing time that is no time',
      `UPDATE restaurant_operating_hour SET close_time = '30:00:00' WHERE restaurant_id = 3`,
      ['--restaurants', '1-5'],
      2,
      /restaurant 3.*30:00/,
    ],
    [
      'an empty range',
      'UPDATE restaurant_operating_hour SET is_holiday = 1 WHERE restaurant_id = 4',
      ['--restaurants', '4'],
      2,
      /no slot/,
    ],
  ])('%s', async (_what, sql, words, code, message) => {
    const before = await database.countSlots();
    await database.query(sql);
    try {
      expectOneClearLine(await database.run('generate-slots', '--from', '2027-03-01', ...words), code, message);
      expect(await database.countSlots()).toBe(before);
    } finally {
      await database.query(`UPDATE restaurant_operating_hour SET close_time = '23:00:00', is_holiday = 0`);
    }
  });

  it('local_infile off with --strategy load-data is refused', async () => {
    const words = ['generate-slots', '--from', '2027-03-01', '--strategy', 'load-data'];
    await database.query('SET GLOBAL local_infile = 0');
    try {
      expectOneClearLine(await database.run(...words), 5, /local_infile/);
    } finally {
      await database.query('SET GLOBAL local_infile = 1');
    }
    expect(await database.countSlots(`date = '2027-03-01'`)).toBe(0);
  });
});
