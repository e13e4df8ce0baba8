import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CliDatabase, createCliDatabase, userPassword } from './support/cli-database.js';
import { expectOneClearLine, jsonOf, runCli } from './support/run-cli.js';
import { createTestDatabase, testRedis, testServer, testServers, withConnection } from './support/servers.js';

let database: CliDatabase;

beforeAll(async () => {
  database = await createCliDatabase();
});

afterAll(() => database.drop());

describe('generate-slots', () => {
  it.each(testServers())('fills an empty $name with a demo and proves it', async (server) => {
    const fresh = await createTestDatabase(server);
    const env = { TABLEPICK_DATABASE_URL: fresh.url };
    await runCli(['init'], env);
    const result = await runCli(['generate-slots', '--demo', '30', '--month', '2027-02', '--json'], env);
    expect(result.code, result.stderr).toBe(0);
    expect(jsonOf(result)).toEqual({
      runId: 1,
      strategy: 'server-side',
      workers: expect.any(Number),
      planned: 13_440,
      inserted: 13_440,
      existing: 0,
      failed: 0,
      seconds: expect.any(Number),
      rowsPerSecond: expect.any(Number),
      chunks: expect.any(Number),
      retries: 0,
      deadlocks: 0,
      verified: true,
      verifySeconds: expect.any(Number),
      state: 'finished',
    });
    expect(result.stderr).toMatch(/seeded 30 demo restaurants/);
    const [counted] = await withConnection(fresh.url, (connection) =>
      connection.query('SELECT COUNT(*) AS slots FROM reservation_slot'),
    );
    expect(counted).toEqual([{ slots: 13_440 }]);
    await fresh.drop();
  });

  it('refuses a finished run again with 5 and names the next command', async () => {
    const result = await database.run('generate-slots', '--demo', '20', '--from', '2099-12-01', '--days', '2');
    expectOneClearLine(result, 5, /run 1 has finished/);
    expect(result.stderr).toMatch(/demo restaurants are there already/);
    expect(result.stderr).toMatch(/hint: .*tablepick runs show 1/);
  });

  it('never seeds a demo into a database that has other restaurants', async () => {
    const result = await database.run('generate-slots', '--demo', '21', '--from', '2027-03-01');
    expectOneClearLine(result, 5, /already has restaurants/);
    expect(result.stderr).toMatch(/hint: .*leave --demo out(?!.*sandbox)/);
    expect(await database.countSlots(`date = '2027-03-01'`)).toBe(0);
  });

  it('refuses with --dry-run the demo that it would refuse without', async () => {
    const words = ['generate-slots', '--from', '2027-03-01', '--dry-run', '--demo'];
    expectOneClearLine(await database.run(...words, '21'), 5, /already has restaurants/);
    expectOneClearLine(await database.run(...words, '1000001'), 2, /demo of 1000001/);
    expect(jsonOf(await database.run(...words, '20', '--json'))).toMatchObject({ planned: 320, missing: 320 });
    const empty = await createTestDatabase(testServer('mysql'));
    const env = { TABLEPICK_DATABASE_URL: empty.url };
    await runCli(['init'], env);
    expect(jsonOf(await runCli([...words, '7', '--json'], env))).toMatchObject({ planned: 112, missing: 112 });
    expectOneClearLine(await runCli([...words, '1000001'], env), 2, /demo of 1000001/);
    await empty.drop();
  });

  it('prints a table for people with the proof as its last line', async () => {
    const result = await database.run(
      'generate-slots',
      '--from',
      '2027-04-01',
      '--strategy',
      'batch',
      '--workers',
      '1',
    );
    expect(result.stdout).toMatch(/^inserted +320$/m);
    expect(result.stdout).toMatch(/^strategy +batch \(asked for\)$/m);
    expect(result.stdout).toMatch(/proof: planned = present = distinct = 320 \(.*\)\n$/);
  });

  it('says nothing beside its result with --quiet', async () => {
    const result = await database.run('generate-slots', '--from', '2027-04-02', '--quiet');
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('proof: ') });
  });

  it('leaves the proof out with --no-verify', async () => {
    const result = await database.run('generate-slots', '--from', '2027-04-03', '--no-verify', '--json');
    expect(jsonOf(result)).toMatchObject({ inserted: 320, verified: null, verifySeconds: null });
  });

  it('tells the rows a server refuses, puts the others in, and ends with 1', async () => {
    await database.query(`CREATE TRIGGER refuse_one BEFORE INSERT ON reservation_slot FOR EACH ROW
      IF NEW.restaurant_id = 7 AND NEW.time = '12:00:00' AND NEW.date = '2027-04-04' THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'closed for lunch';
      END IF`);
    const result = await database.run('generate-slots', '--from', '2027-04-04', '--json');
    await database.query('DROP TRIGGER refuse_one');
    expect(result.code, result.stderr).toBe(1);
    expect(jsonOf(result)).toMatchObject({ planned: 320, inserted: 319, failed: 1 });
    expect(result.stderr).toMatch(/row failed: restaurant 7, 2027-04-04 12:00: .*closed for lunch/);
    const shown = jsonOf(await database.run('runs', 'show', String(jsonOf(result).runId), '--json'));
    expect(shown.failures).toMatchObject([
      { restaurantId: 7, date: '2027-04-04', time: expect.stringMatching(/^12:00/) },
    ]);
  });

  it('takes next month when no dates are named, and says which', async () => {
    const result = await database.run('generate-slots', '--restaurants', '1', '--dry-run', '--json');
    expect(result.stderr).toMatch(/no dates named: next month, \d{4}-\d\d-01 to/);
    expect(jsonOf(result)).toMatchObject({ dryRun: true, range: { from: expect.stringMatching(/-01$/) } });
  });

  it('tells with --dry-run what is missing to a user who may only read, and changes nothing', async () => {
    await database.withUser('SELECT', async (url) => {
      const words = ['generate-slots', '--from', '2099-12-02', '--days', '2', '--dry-run', '--url', url];
      const result = await runCli([...words, '--json'], { TABLEPICK_DATABASE_PASSWORD: userPassword });
      expect(result.code, result.stderr).toBe(0);
      expect(jsonOf(result)).toMatchObject({ planned: 640, existing: 320, missing: 320, strategy: expect.any(String) });
      expect(await database.countSlots(`date = '2099-12-03'`)).toBe(0);
    });
  });
});

describe('slots verify', () => {
  it('ends with 3 and lists the keys when the table is not what the rules ask for', async () => {
    const words = ['slots', 'verify', '--from', '2099-12-01'];
    expect((await database.run(...words)).code).toBe(0);
    await database.query(
      `DELETE FROM reservation_slot WHERE restaurant_id = 5 AND date = '2099-12-01' AND time = '07:00'`,
    );
    await database.query(
      `UPDATE reservation_slot SET time = '03:30' WHERE restaurant_id = 6 AND date = '2099-12-01' AND time = '22:00'`,
    );
    const result = await database.run(...words);
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/^missing +restaurant 5, 2099-12-01 07:00$/m);
    expect(result.stdout).toMatch(/^unexpected +restaurant 6, 2099-12-01 03:30$/m);
    expect(jsonOf(await database.run(...words, '--json'))).toMatchObject({ ok: false, missing: 2, unexpected: 1 });
    await database.query(
      `UPDATE reservation_slot SET time = '22:00' WHERE restaurant_id = 6 AND date = '2099-12-01' AND time = '03:30'`,
    );
    await database.query(
      `INSERT INTO reservation_slot (restaurant_id, date, time, capacity) VALUES (5, '2099-12-01', '07:00', 100)`,
    );
  });
});

describe('slots plan', () => {
  it('prints a line a day or a restaurant, and their total', async () => {
    const days = await database.run('slots', 'plan', '--from', '2026-12-30', '--days', '3');
    expect(days.stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(days.stdout).toMatch(/^2026-12-31 +320 +\d+$/m);
    const words = ['slots', 'plan', '--from', '2026-12-30', '--restaurants', '2-3', '--by', 'restaurant', '--json'];
    expect(jsonOf(await database.run(...words))).toMatchObject({
      rows: 32,
      perRestaurant: [{ restaurantId: 2, rows: 16 }, {}],
    });
  });
});

describe('runs rollback', () => {
  it('counts with --dry-run, refuses without --yes where nobody can be asked, and removes exactly the run', async () => {
    const generated = jsonOf(
      await database.run('generate-slots', '--from', '2027-05-01', '--restaurants', '1-10', '--json'),
    );
    const runId = String(generated.runId);
    const before = await database.countSlots();
    expect(jsonOf(await database.run('runs', 'rollback', runId, '--dry-run', '--json'))).toMatchObject({
      state: 'dry-run',
      removed: 160,
    });
    const refused = await database.run('runs', 'rollback', runId);
    expectOneClearLine(refused, 5, /nothing was changed/);
    expect(refused.stderr).toMatch(new RegExp(`hint: .*tablepick runs rollback ${runId} --yes`));
    expect(await database.countSlots()).toBe(before);
    const removed = await database.run('runs', 'rollback', runId, '--yes');
    expect(removed).toMatchObject({ code: 0, stdout: expect.stringContaining('removed 160 slots') });
    expect(await database.countSlots()).toBe(before - 160);
    expectOneClearLine(await database.run('runs', 'rollback', runId, '--yes'), 5, /rolled back/);
  });

  it('refuses a run that does not exist', async () => {
    expectOneClearLine(await database.run('runs', 'rollback', '4711', '--yes'), 5, /4711/);
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
    expect(String(jsonOf(await runCli(['init', '--print-sql', '--json'])).sql).trimEnd()).toBe(result.stdout.trimEnd());
  });

  it('can be repeated', async () => {
    expect(jsonOf(await database.run('init', '--json'))).toMatchObject({
      applied: [],
      current: expect.stringMatching(/^\d{3}_/),
    });
  });

  it('tells which tables it put back', async () => {
    await database.query('DROP TABLE slot_run_failure');
    expect((await database.run('init')).stdout).toMatch(/^restored 002_slot_run: /m);
    expect((await database.run('doctor')).stdout).toMatch(/every table, column and index is there/);
  });

  it('looks at a Redis only when one is named', async () => {
    expect((await database.run('doctor', '--redis-url', testRedis())).stdout).toMatch(
      /^ok +redis +\S+ \d\S* at redis:/m,
    );
    expect((await database.run('doctor')).stdout).not.toMatch(/redis/);
    const result = await database.run('doctor', '--redis-url', 'redis://:secret@127.0.0.1:1');
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/^problem +redis +connecting to redis:\/\/127\.0\.0\.1:1: /m);
    expect(result.stdout + result.stderr).not.toMatch(/secret/);
  });

  it('expects of doctor the connections that a generation really takes', async () => {
    const preview = jsonOf(await database.run('generate-slots', '--from', '2027-03-01', '--dry-run', '--json'));
    const { stdout } = await database.run('doctor');
    expect(stdout).toMatch(`pool of ${Number(preview.workers) + 4}, `);
  });

  it('tells each finding, with what to do about one that is not in order', async () => {
    const found = jsonOf(await database.run('doctor', '--json')) as {
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
