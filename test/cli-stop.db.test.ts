import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type CliDatabase, createCliDatabase } from './support/cli-database.js';
import { eventually } from './support/reservation-requests.js';
import { expectOneClearLine, jsonOf, runCli, startCli } from './support/run-cli.js';
import { createTestDatabase, testServer, withConnection } from './support/servers.js';

let database: CliDatabase;

beforeAll(async () => {
  database = await createCliDatabase();
});

afterAll(() => database.drop());

describe('a generation that is stopped', () => {
  const slow = ['generate-slots', '--strategy', 'identity', '--workers', '1'];

  it('tells its progress in a pipe line by line, ends its chunks at the first Ctrl-C with 130, and goes on where it was', async () => {
    const words = [...slow, '--from', '2031-06-01', '--days', '400'];
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
    const before = await database.countSlots(`date >= '2031-06-01' AND date < '2032-07-05'`);
    expect(before).toBeGreaterThan(0);

    const resumed = await database.run('generate-slots', '--from', '2031-06-01', '--days', '400', '--json');
    const percent = ((before / 128_000) * 100).toFixed(1);
    expect(resumed.stderr).toMatch(`goes on at ${percent} %`);
    expect(jsonOf(resumed)).toMatchObject({ planned: 128_000, inserted: 128_000, existing: 0, verified: true });
  });

  it('ends with 143 after SIGTERM and is listed as stopped', async () => {
    const cli = startCli([...slow, '--from', '2027-09-01', '--days', '60'], { TABLEPICK_DATABASE_URL: database.url });
    await cli.said(/run \d+: /);
    cli.child.kill('SIGTERM');
    expect((await cli.ended).code).toBe(143);
    expect((await database.run('runs', 'list')).stdout).toMatch(/stopped +identity/);
  });

  it('ends with 129 when its terminal is closed, and runs resume goes on by another strategy', async () => {
    const cli = startCli([...slow, '--from', '2028-05-01', '--days', '60'], { TABLEPICK_DATABASE_URL: database.url });
    await cli.said(/run \d+: /);
    cli.child.kill('SIGHUP');
    expect((await cli.ended).code).toBe(129);
    const [last] = await database.query(`SELECT MAX(id) AS id FROM slot_run`);
    const resumed = await database.run('runs', 'resume', String(last?.id), '--strategy', 'batch', '--json');
    expect(jsonOf(resumed)).toMatchObject({ strategy: 'batch', inserted: 19_200, verified: true });
  });

  it('goes on when nobody reads its progress any more', async () => {
    const cli = startCli([...slow, '--from', '2028-08-01', '--days', '60'], { TABLEPICK_DATABASE_URL: database.url });
    await cli.said(/run \d+: /);
    cli.child.stderr?.destroy();
    const { code, stdout } = await cli.ended;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('distinct = 19,200') });
  });

  it('is aborted at once by the second Ctrl-C and resumed by runs resume', async () => {
    const cli = startCli([...slow, '--from', '2033-06-01', '--days', '100', '--json'], {
      TABLEPICK_DATABASE_URL: database.url,
    });
    await cli.said(/run \d+: /);
    // The chunk in flight waits for this table lock, so only the second signal can end the command.
    await withConnection(database.url, async (connection) => {
      await connection.query('LOCK TABLES reservation_slot READ');
      await eventually(async () => {
        const [waiting] = await database.query(
          "SELECT COUNT(*) AS count FROM information_schema.processlist WHERE state LIKE 'Waiting for table%' AND db = DATABASE()",
        );
        return Number(waiting?.count) > 0;
      });
      cli.child.kill('SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(cli.child.exitCode).toBeNull();
      cli.child.kill('SIGINT');
      const aborted = await cli.ended;
      expect(aborted.code, aborted.stderr).toBe(130);
      expect(jsonOf(aborted)).toMatchObject({ error: { code: 'ABORTED' } });
    });
    const [last] = await database.query(`SELECT MAX(id) AS id FROM slot_run`);
    const resumed = await database.run('runs', 'resume', String(last?.id), '--json');
    expect(jsonOf(resumed)).toMatchObject({ planned: 32_000, inserted: 32_000, verified: true });
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

describe('a table made anew since a run stopped', () => {
  it('is refused with 5 and taken with --restart', async () => {
    const fresh = await createTestDatabase(testServer('mysql'));
    const env = { TABLEPICK_DATABASE_URL: fresh.url };
    await runCli(['init'], env);
    const words = ['generate-slots', '--demo', '20', '--from', '2027-01-01', '--days', '400', '--workers', '1'];
    const cli = startCli([...words, '--strategy', 'identity'], env);
    await cli.said(/inserting (?!0\.0 )\d/);
    cli.child.kill('SIGINT');
    await cli.ended;
    await withConnection(fresh.url, async (connection) => {
      await connection.query('SET foreign_key_checks = 0');
      await connection.query('TRUNCATE TABLE reservation_slot');
    });
    expectOneClearLine(await runCli(words, env), 5, /recreated, truncated or altered/);
    expect((await runCli([...words, '--restart'], env)).code).toBe(0);
    await fresh.drop();
  });
});
