import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { jsonOf, runCli, startCli } from './support/run-cli.js';
import type { ProgramResult } from './support/run-program.js';
import { type TestDatabase, createTestDatabase, testServer, testServers, withConnection } from './support/servers.js';

const NOBODY = 'mysql://nobody@127.0.0.1:1/none';
const PASSWORD = 'correct horse';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(testServer('mysql'));
  await run('init');
  await run('generate-slots', '--demo', '20', '--from', '2026-12-01', '--days', '2', '--quiet');
});

afterAll(() => database.drop());

const run = (...words: string[]): Promise<ProgramResult> => runCli(words, { TABLEPICK_DATABASE_URL: database.url });

async function runSql(sql: string, url = database.url): Promise<Record<string, unknown>[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query(sql);
    return rows as Record<string, unknown>[];
  });
}

async function countSlots(where = '1 = 1'): Promise<number> {
  const [row] = await runSql(`SELECT COUNT(*) AS count FROM reservation_slot WHERE ${where}`);
  return Number(row?.count);
}

function expectOneClearLine(result: ProgramResult, code: number, message: RegExp): void {
  const complaints = result.stderr.split('\n').filter((line) => /^(error|hint): /.test(line));
  expect(result.code, result.stderr).toBe(code);
  expect(complaints[0]).toMatch(message);
  expect(complaints.filter((line) => line.startsWith('error: '))).toHaveLength(1);
  expect(complaints.length).toBeLessThanOrEqual(2);
  expect(result.stderr).not.toMatch(/^\s+at /m);
}

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

  it('is told without the password when that is wrong', async () => {
    await withUser('ALL PRIVILEGES', async (url) => {
      const result = await runCli(['runs', 'list', '--url', url], { TABLEPICK_DATABASE_PASSWORD: 'battery staple' });
      expectOneClearLine(result, 1, /ccess denied/);
      expect(result.stderr + result.stdout).not.toContain('battery staple');
    });
  });
});

describe('the password', () => {
  it('comes from the environment, from a file or in the URL, and is never printed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tablepick-cli-'));
    const file = path.join(folder, 'password');
    await writeFile(file, `${PASSWORD}\n`);
    await withUser('ALL PRIVILEGES', async (url) => {
      const full = new URL(url);
      full.password = PASSWORD;
      const results = [
        await runCli(['doctor', '--url', url], { TABLEPICK_DATABASE_PASSWORD: PASSWORD }),
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
    const before = await countSlots();
    await runSql(sql);
    try {
      expectOneClearLine(await run('generate-slots', '--from', '2027-03-01', ...words), code, message);
      expect(await countSlots()).toBe(before);
    } finally {
      await runSql(`UPDATE restaurant_operating_hour SET close_time = '23:00:00', is_holiday = 0`);
    }
  });

  it('local_infile off with --strategy load-data is refused', async () => {
    const words = ['generate-slots', '--from', '2027-03-01', '--strategy', 'load-data'];
    await runSql('SET GLOBAL local_infile = 0');
    try {
      expectOneClearLine(await run(...words), 5, /local_infile/);
    } finally {
      await runSql('SET GLOBAL local_infile = 1');
    }
    expect(await countSlots(`date = '2027-03-01'`)).toBe(0);
  });
});

describe('generate-slots', () => {
  it.each(testServers())('fills an empty $name with a demo and proves it', async (server) => {
    const fresh = await createTestDatabase(server);
    const env = { TABLEPICK_DATABASE_URL: fresh.url };
    await runCli(['init'], env);
    const result = await runCli(['generate-slots', '--demo', '30', '--month', '2027-02', '--json'], env);
    expect(result.code, result.stderr).toBe(0);
    expect(jsonOf(result)).toEqual({
      ...{ runId: 1, strategy: 'server-side', workers: expect.any(Number), planned: 13_440, inserted: 13_440 },
      ...{ existing: 0, failed: 0, seconds: expect.any(Number), rowsPerSecond: expect.any(Number) },
      ...{ chunks: expect.any(Number), retries: 0, deadlocks: 0, verified: true },
      ...{ verifySeconds: expect.any(Number), state: 'finished' },
    });
    expect(result.stderr).toMatch(/seeded 30 demo restaurants/);
    const [counted] = await runSql('SELECT COUNT(*) AS slots FROM reservation_slot', fresh.url);
    expect(counted).toEqual({ slots: 13_440 });
    await fresh.drop();
  });

  it('refuses a finished run again with 5 and names the next command', async () => {
    const result = await run('generate-slots', '--demo', '20', '--from', '2026-12-01', '--days', '2');
    expectOneClearLine(result, 5, /run 1 has finished/);
    expect(result.stderr).toMatch(/demo restaurants are there already/);
    expect(result.stderr).toMatch(/hint: .*tablepick runs show 1/);
  });

  it('never seeds a demo into a database that has other restaurants', async () => {
    const result = await run('generate-slots', '--demo', '21', '--from', '2027-03-01');
    expectOneClearLine(result, 5, /already has restaurants/);
    expect(result.stderr).toMatch(/hint: .*leave --demo out.*sandbox reset/);
    expect(await countSlots(`date = '2027-03-01'`)).toBe(0);
  });

  it('prints a table for people with the proof as its last line', async () => {
    const result = await run('generate-slots', '--from', '2027-04-01', '--strategy', 'batch', '--workers', '1');
    expect(result.stdout).toMatch(/^inserted +320$/m);
    expect(result.stdout).toMatch(/^strategy +batch \(asked for\)$/m);
    expect(result.stdout).toMatch(/proof: planned = present = distinct = 320 \(.*\)\n$/);
  });

  it('says nothing beside its result with --quiet', async () => {
    const result = await run('generate-slots', '--from', '2027-04-02', '--quiet');
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('proof: ') });
  });

  it('leaves the proof out with --no-verify', async () => {
    const result = await run('generate-slots', '--from', '2027-04-03', '--no-verify', '--json');
    expect(jsonOf(result)).toMatchObject({ inserted: 320, verified: null, verifySeconds: null });
  });

  it('tells the rows a server refuses, puts the others in, and ends with 1', async () => {
    await runSql(`CREATE TRIGGER refuse_one BEFORE INSERT ON reservation_slot FOR EACH ROW
      IF NEW.restaurant_id = 7 AND NEW.time = '12:00:00' AND NEW.date = '2027-04-04' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed for lunch';
      END IF`);
    const result = await run('generate-slots', '--from', '2027-04-04', '--json');
    await runSql('DROP TRIGGER refuse_one');
    expect(result.code, result.stderr).toBe(1);
    expect(jsonOf(result)).toMatchObject({ planned: 320, inserted: 319, failed: 1 });
    expect(result.stderr).toMatch(/row failed: restaurant 7, 2027-04-04 12:00: .*closed for lunch/);
    const shown = jsonOf(await run('runs', 'show', String(jsonOf(result).runId), '--json'));
    expect(shown.failures).toMatchObject([
      { restaurantId: 7, date: '2027-04-04', time: expect.stringMatching(/^12:00/) },
    ]);
  });

  it('takes next month when no dates are named, and says which', async () => {
    const result = await run('generate-slots', '--restaurants', '1', '--dry-run', '--json');
    expect(result.stderr).toMatch(/no dates named: next month, \d{4}-\d\d-01 to/);
    expect(jsonOf(result)).toMatchObject({ dryRun: true, range: { from: expect.stringMatching(/-01$/) } });
  });

  it('tells with --dry-run what is missing to a user who may only read, and changes nothing', async () => {
    await withUser('SELECT', async (url) => {
      const words = ['generate-slots', '--from', '2026-12-02', '--days', '2', '--dry-run', '--url', url];
      const result = await runCli([...words, '--json'], { TABLEPICK_DATABASE_PASSWORD: PASSWORD });
      expect(result.code, result.stderr).toBe(0);
      expect(jsonOf(result)).toMatchObject({ planned: 640, existing: 320, missing: 320, strategy: expect.any(String) });
      expect(await countSlots(`date = '2026-12-03'`)).toBe(0);
    });
  });
});

describe('a generation that is stopped', () => {
  const slow = ['generate-slots', '--strategy', 'identity', '--workers', '1'];

  it('tells its progress in a pipe line by line, ends its chunks at the first Ctrl-C with 130, and goes on where it was', async () => {
    const words = [...slow, '--from', '2027-06-01', '--days', '60'];
    const cli = startCli(words, { TABLEPICK_DATABASE_URL: database.url });
    await cli.said(/inserting (?!0\.0 )\d+\.\d %.*rows\/s {2}ETA .*retries/);
    cli.child.kill('SIGINT');
    const stopped = await cli.ended;
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stderr).toMatch(/inserting 0\.0 %/);
    expect(stopped.stderr).toMatch(
      /finishing 1 chunk in flight; press Ctrl-C again to abort; resume with: tablepick runs resume \d+/,
    );
    expect(stopped.stdout).toMatch(/stopped; go on with: tablepick runs resume \d+/);
    const before = await countSlots(`date >= '2027-06-01' AND date < '2027-07-31'`);
    expect(before).toBeGreaterThan(0);

    const resumed = await run('generate-slots', '--from', '2027-06-01', '--days', '60', '--json');
    const percent = ((before / 19_200) * 100).toFixed(1);
    expect(resumed.stderr).toMatch(`goes on at ${percent} %`);
    expect(jsonOf(resumed)).toMatchObject({ planned: 19_200, inserted: 19_200, existing: 0, verified: true });
  });

  it('ends with 143 after SIGTERM and is listed as stopped', async () => {
    const cli = startCli([...slow, '--from', '2027-09-01', '--days', '60'], { TABLEPICK_DATABASE_URL: database.url });
    await cli.said(/run \d+: /);
    cli.child.kill('SIGTERM');
    expect((await cli.ended).code).toBe(143);
    expect((await run('runs', 'list')).stdout).toMatch(/stopped +identity/);
  });

  it('is aborted at once by the second Ctrl-C and resumed by runs resume', async () => {
    const cli = startCli([...slow, '--from', '2027-11-01', '--days', '60', '--json'], {
      TABLEPICK_DATABASE_URL: database.url,
    });
    await cli.said(/run \d+: /);
    // The chunk in flight waits for this table lock, so only the second signal can end the command.
    await withConnection(database.url, async (connection) => {
      await connection.query('LOCK TABLES reservation_slot READ');
      cli.child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(cli.child.exitCode).toBeNull();
      cli.child.kill('SIGINT');
      const aborted = await cli.ended;
      expect(aborted.code, aborted.stderr).toBe(130);
      expect(jsonOf(aborted)).toMatchObject({ error: { code: 'ABORTED' } });
    });
    const [run11] = await runSql(`SELECT MAX(id) AS id FROM slot_run`);
    const resumed = await run('runs', 'resume', String(run11?.id), '--json');
    expect(jsonOf(resumed)).toMatchObject({ planned: 19_200, inserted: 19_200, verified: true });
  });

  it('takes two signals of one key press for one', async () => {
    const cli = startCli([...slow, '--from', '2028-01-01', '--days', '60'], { TABLEPICK_DATABASE_URL: database.url });
    await cli.said(/run \d+: /);
    cli.child.kill('SIGINT');
    cli.child.kill('SIGINT');
    const result = await cli.ended;
    expect(result).toMatchObject({ code: 130, stdout: expect.stringContaining('stopped; go on with') });
  });
});

describe('slots verify', () => {
  it('ends with 3 and lists the keys when the table is not what the rules ask for', async () => {
    const words = ['slots', 'verify', '--from', '2026-12-01'];
    expect((await run(...words)).code).toBe(0);
    await runSql(`DELETE FROM reservation_slot WHERE restaurant_id = 5 AND date = '2026-12-01' AND time = '07:00'`);
    await runSql(
      `UPDATE reservation_slot SET time = '03:30' WHERE restaurant_id = 6 AND date = '2026-12-01' AND time = '22:00'`,
    );
    const result = await run(...words);
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/^missing +restaurant 5, 2026-12-01 07:00$/m);
    expect(result.stdout).toMatch(/^unexpected +restaurant 6, 2026-12-01 03:30$/m);
    expect(jsonOf(await run(...words, '--json'))).toMatchObject({ ok: false, missing: 2, unexpected: 1 });
    await runSql(
      `UPDATE reservation_slot SET time = '22:00' WHERE restaurant_id = 6 AND date = '2026-12-01' AND time = '03:30'`,
    );
    await runSql(
      `INSERT INTO reservation_slot (restaurant_id, date, time, capacity) VALUES (5, '2026-12-01', '07:00', 100)`,
    );
  });
});

describe('slots plan', () => {
  it('prints a line a day or a restaurant, and their total', async () => {
    const days = await run('slots', 'plan', '--from', '2026-12-30', '--days', '3');
    expect(days.stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(days.stdout).toMatch(/^2026-12-31 +320 +\d+$/m);
    const words = ['slots', 'plan', '--from', '2026-12-30', '--restaurants', '2-3', '--by', 'restaurant', '--json'];
    expect(jsonOf(await run(...words))).toMatchObject({ rows: 32, perRestaurant: [{ restaurantId: 2, rows: 16 }, {}] });
  });
});

describe('runs rollback', () => {
  it('counts with --dry-run, refuses without --yes where nobody can be asked, and removes exactly the run', async () => {
    const generated = jsonOf(await run('generate-slots', '--from', '2027-05-01', '--restaurants', '1-10', '--json'));
    const runId = String(generated.runId);
    const before = await countSlots();
    expect(jsonOf(await run('runs', 'rollback', runId, '--dry-run', '--json'))).toMatchObject({
      state: 'dry-run',
      removed: 160,
    });
    const refused = await run('runs', 'rollback', runId);
    expectOneClearLine(refused, 5, /nothing was changed/);
    expect(refused.stderr).toMatch(new RegExp(`hint: .*tablepick runs rollback ${runId} --yes`));
    expect(await countSlots()).toBe(before);
    const removed = await run('runs', 'rollback', runId, '--yes');
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('removed 160 slots') });
    expect(await countSlots()).toBe(before - 160);
    expectOneClearLine(await run('runs', 'rollback', runId, '--yes'), 5, /rolled back/);
  });

  it('refuses a run that does not exist', async () => {
    expectOneClearLine(await run('runs', 'rollback', '4711', '--yes'), 5, /4711/);
  });
});

describe('a table made anew since a run stopped', () => {
  it('is refused with 5 and taken with --restart', async () => {
    const fresh = await createTestDatabase(testServer('mysql'));
    const env = { TABLEPICK_DATABASE_URL: fresh.url };
    await runCli(['init'], env);
    const words = ['generate-slots', '--demo', '20', '--from', '2027-01-01', '--days', '60', '--workers', '1'];
    const cli = startCli([...words, '--strategy', 'identity'], env);
    await cli.said(/inserting (?!0\.0 )\d/);
    cli.child.kill('SIGINT');
    await cli.ended;
    await runSql('TRUNCATE TABLE reservation_slot', fresh.url).catch(() =>
      withConnection(fresh.url, async (connection) => {
        await connection.query('SET foreign_key_checks = 0');
        await connection.query('TRUNCATE TABLE reservation_slot');
      }),
    );
    expectOneClearLine(await runCli(words, env), 5, /recreated, truncated or altered/);
    expect((await runCli([...words, '--restart'], env)).code).toBe(0);
    await fresh.drop();
  });
});

describe('init and doctor', () => {
  it('prints the schema without any database', async () => {
    const result = await runCli(['init', '--print-sql']);
    expect(result).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('CREATE TABLE IF NOT EXISTS `reservation_slot`'),
    });
    expect(jsonOf(await runCli(['init', '--print-sql', '--json'])).sql).toBe(result.stdout.trimEnd());
  });

  it('can be repeated', async () => {
    expect(jsonOf(await run('init', '--json'))).toMatchObject({
      applied: [],
      current: expect.stringMatching(/^\d{3}_/),
    });
  });

  it('tells each finding, with what to do about one that is not in order', async () => {
    const found = jsonOf(await run('doctor', '--json')) as {
      ok: boolean;
      findings: { status: string; advice?: string }[];
    };
    expect(found.findings.length).toBeGreaterThan(8);
    for (const { status, advice } of found.findings) expect(status === 'ok' || advice !== undefined).toBe(true);
    expect(found.ok).toBe(!found.findings.some(({ status }) => status === 'problem'));
  });

  it('ends with 1 when a table is missing', async () => {
    const empty = await createTestDatabase(testServer('mysql'));
    const result = await runCli(['doctor', '--url', empty.url]);
    expect(result.code, result.stdout).toBe(1);
    expect(result.stdout).toMatch(/problem.*\n.*tablepick init/);
    await empty.drop();
  });
});

/** Runs `work` with the URL, without password, of a user who has one and `privileges` on the database of this file. */
async function withUser(privileges: string, work: (url: string) => Promise<void>): Promise<void> {
  const user = `${database.name.slice(-12)}u`;
  await runSql(`CREATE USER '${user}'@'%' IDENTIFIED BY '${PASSWORD}'`);
  await runSql(`GRANT ${privileges} ON \`${database.name}\`.* TO '${user}'@'%'`);
  const url = new URL(database.url);
  url.username = user;
  try {
    await work(url.href);
  } finally {
    await runSql(`DROP USER '${user}'@'%'`);
  }
}
