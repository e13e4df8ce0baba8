import { afterAll, describe, expect, it } from 'vitest';

import { expectOneClearLine, jsonOf, runCli, startCli } from './support/run-cli.js';

const env = { TABLEPICK_SANDBOX: 'cli-test' };
const engine = ['--engine', 'mariadb'];
const sandbox = (...words: string[]) => runCli(['sandbox', ...words, ...engine], env);

afterAll(() => sandbox('reset', '--yes'));

describe('with no database named', () => {
  it('the sandbox serves: it is told in one line, given its tables, and stopped at the end', async () => {
    await sandbox('reset', '--yes');
    const result = await runCli(['generate-slots', '--demo', '5', '--from', '2026-12-01', '--json', ...engine], env);
    expect(result.code, result.stderr).toBe(0);
    expect(jsonOf(result)).toMatchObject({ planned: 80, inserted: 80, verified: true });
    expect(
      result.stderr.match(/^no database named: the sandbox serves, mariadb .*its data lies in .*$/gm),
    ).toHaveLength(1);
    expect(jsonOf(await sandbox('status', '--json'))).toMatchObject({ state: 'stopped', userPids: [] });
  });

  it('its data is there for the next command', async () => {
    const runs = jsonOf(await runCli(['runs', 'list', '--json', ...engine], env)).runs;
    expect(runs).toMatchObject([{ runId: 1, state: 'finished', planned: 80 }]);
  });

  it('a demo of another size is refused, with the way to empty the sandbox', async () => {
    const result = await runCli(['generate-slots', '--demo', '6', '--from', '2026-12-01', ...engine], env);
    expectOneClearLine(result, 5, /already has restaurants/);
    expect(result.stderr).toMatch(/hint: .*tablepick sandbox reset/);
  });

  it('it is given back when a command fails', async () => {
    expectOneClearLine(await runCli(['runs', 'show', '99', ...engine], env), 5, /99/);
    expect(jsonOf(await sandbox('status', '--json'))).toMatchObject({ state: 'stopped' });
  });

  it('it is given back when a command is aborted, and the run is resumed', async () => {
    const words = ['generate-slots', '--demo', '5', '--from', '2027-01-01', '--days', '1500', ...engine];
    const cli = startCli([...words, '--strategy', 'identity', '--workers', '1'], env);
    await cli.said(/inserting (?!0\.0 )\d/);
    cli.child.kill('SIGINT');
    await cli.said(/finishing/);
    await new Promise((resolve) => setTimeout(resolve, 350));
    cli.child.kill('SIGINT');
    expect((await cli.ended).code).toBe(130);
    const resumed = await runCli([...words, '--json'], env);
    expect(resumed.stderr).toMatch(/goes on at/);
    expect(jsonOf(resumed)).toMatchObject({ planned: 120_000, inserted: 120_000, verified: true });
    expect(jsonOf(await sandbox('status', '--json'))).toMatchObject({ state: 'stopped', userPids: [] });
  });
});

describe('tablepick sandbox', () => {
  it('goes up, tells its URL alone on stdout, and goes down', async () => {
    const { stdout: up } = await sandbox('up');
    expect(up).toMatch(/^state +running, left up\nurl +mysql:\/\/root:\*\*\*@127\.0\.0\.1:\d+\/tablepick$/m);
    const { stdout } = await sandbox('url');
    expect(stdout).toMatch(/^mysql:\/\/root:[\w-]{32}@127\.0\.0\.1:\d+\/tablepick\n$/);
    expect((await runCli(['doctor', '--url', stdout.trim()])).stdout).toMatch(/problems?, /);
    expect((await sandbox('down')).stdout).toMatch(/^state +stopped$/m);
    expectOneClearLine(await sandbox('url'), 1, /not up/);
  });

  it('runs a Redis beside the database, and tells both', async () => {
    const redis = (...words: string[]) => runCli(['sandbox', ...words], env);
    expect((await redis('up', 'redis')).stdout).toMatch(/^engine +redis\nstate +running, left up$/m);
    expect((await redis('url', 'redis')).stdout).toMatch(/^redis:\/\/:[\w-]{32}@127\.0\.0\.1:\d+\n$/);
    expect((await redis('status')).stdout).toMatch(/^engine +(mysql|mariadb)\n[^]*\n\nengine +redis\nstate +running/);
    expect(jsonOf(await redis('status', '--json')).others).toContainEqual(
      expect.objectContaining({ engine: 'redis', state: 'running', url: expect.stringMatching(/^redis:\/\/:\*\*\*@/) }),
    );
    expect(jsonOf(await redis('down', 'redis', '--json'))).toMatchObject({ engine: 'redis', state: 'stopped' });
    expectOneClearLine(await redis('url', 'redis'), 1, /redis sandbox is not up/);
    expect(jsonOf(await redis('reset', 'redis', '--yes', '--json'))).toMatchObject({ state: 'empty' });
    expect((await redis('status')).stdout).not.toMatch(/redis/);
  });

  it('takes the server as an argument or as --engine, and refuses two', async () => {
    expect(jsonOf(await runCli(['sandbox', 'status', 'mariadb', '--json'], env))).toMatchObject({ engine: 'mariadb' });
    expectOneClearLine(await sandbox('status', 'redis'), 2, /'redis' and --engine mariadb name two servers/);
    expectOneClearLine(await runCli(['sandbox', 'up', 'mongodb'], env), 2, /no server 'mongodb'/);
    expectOneClearLine(await runCli(['init', '--engine', 'redis'], env), 2, /redis/);
  });

  it('deletes its data only when told so', async () => {
    expectOneClearLine(await sandbox('reset'), 5, /nothing was changed/);
    expect(jsonOf(await sandbox('status', '--json'))).toMatchObject({ state: 'stopped' });
    expect(jsonOf(await sandbox('reset', '--yes', '--json'))).toMatchObject({ state: 'empty' });
  });
});
