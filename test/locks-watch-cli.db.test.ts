import { describe, expect, it } from 'vitest';

import { asUser } from './support/as-user.js';
import { countUp, lockedSlots, reserve, withLockScene } from './support/lock-scene.js';
import { expectOneClearLine, jsonOf, programPath, runCli, startCli } from './support/run-cli.js';
import { runProgram } from './support/run-program.js';
import { testServers } from './support/servers.js';

describe.each(testServers())('tablepick locks watch on $name', (server) => {
  const statements = { holds: [countUp(12)], waits: [countUp(12)] };

  it('--once --json prints the waits of the moment and the last deadlock', async () => {
    await withLockScene(server, async ({ url, seeWaits, whileWaiting, deadlock }) => {
      await deadlock([reserve(13, 20), countUp(13)], [reserve(13, 21), countUp(13)]);
      await whileWaiting(statements, async ({ holder, waiters: [waiter] }) => {
        await seeWaits();
        const result = await runCli(['locks', 'watch', '--once', '--json'], { TABLEPICK_DATABASE_URL: url });
        expect(result.code, result.stderr).toBe(0);
        expect(jsonOf(result)).toMatchObject({
          waits: [{ waitingConnectionId: waiter, blockingConnectionId: holder, slot: lockedSlots[12] }],
          lastDeadlock: { summary: expect.stringContaining(' against ') },
        });
      });
    });
  });

  it('--once prints a table for people', async () => {
    await withLockScene(server, async ({ url, seeWaits, whileWaiting }) => {
      await whileWaiting(statements, async ({ holder, waiters: [waiter] }) => {
        await seeWaits();
        const { stdout } = await runCli(['locks', 'watch', '--once'], { TABLEPICK_DATABASE_URL: url });
        expect(stdout).toMatch(
          new RegExp(`^ *${waiter} +${holder} .*slot 12 \\(restaurant 1, 2026-12-01 19:30\\) +X`, 'm'),
        );
      });
    });
  });

  it('in a pipe tells each change in a line, ends at Ctrl-C with 130 and sums up', async () => {
    await withLockScene(server, async ({ url, whileWaiting }) => {
      const cli = startCli(['locks', 'watch', '--interval', '200ms'], { TABLEPICK_DATABASE_URL: url });
      await whileWaiting(statements, async ({ holder, waiters: [waiter] }) => {
        await cli.printed(
          new RegExp(`^${waiter} waits for ${holder}: slot 12 \\(restaurant 1, 2026-12-01 19:30\\)`, 'm'),
        );
      });
      await cli.printed(/over after/);
      cli.child.kill('SIGINT');
      const { code, stdout } = await cli.ended;
      expect(code).toBe(130);
      expect(stdout).toMatch(/^hottest .*\nslot 12 \(restaurant 1, 2026-12-01 19:30\) +1 /m);
    });
  });

  it('on a terminal redraws the moment, cut to the width, and sums up at the end', async () => {
    await withLockScene(server, async ({ url, whileWaiting }) => {
      await whileWaiting(statements, async ({ holder, waiters: [waiter] }) => {
        const watch = `'${process.execPath}' '${programPath}' locks watch --for 3s --interval 200ms`;
        const words = ['--quiet', '--return', '--command', `stty cols 90; ${watch}`, '/dev/null'];
        const { code, stdout } = await runProgram('script', words, { env: { TABLEPICK_DATABASE_URL: url } });
        expect(code, stdout).toBe(0);
        const screens = stdout.split('\u001B[H\u001B[J').slice(1);
        expect(screens.length).toBeGreaterThan(2);
        expect(screens[0]).toMatch(new RegExp(`^waits +for .*\r\n *${waiter} +${holder} .*slot 12 `));
        expect(Math.max(...screens[0]!.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(90);
        expect(screens.at(-1)).toMatch(/hottest .*\r\nslot 12 .*\r\n[^]*1 wait seen in \d+ looks/);
      });
    });
  });

  it('--for ends it with 0, whatever is collected meanwhile, and --json prints one object', async () => {
    await withLockScene(server, async ({ url }) => {
      const collecting = ['--expose-gc', '--import', 'data:text/javascript,setInterval(globalThis.gc, 50).unref()'];
      const words = ['locks', 'watch', '--for', '1s', '--interval', '200ms', '--json', '--url', url];
      const result = await runProgram(process.execPath, [...collecting, programPath, ...words]);
      expect(result.code, result.stderr).toBe(0);
      expect(jsonOf(result)).toMatchObject({ waits: 0, hottest: [], server: { deadlocks: expect.any(Number) } });
    });
  });

  it('Ctrl-C ends it before --for does', async () => {
    await withLockScene(server, async ({ url, whileWaiting }) => {
      const words = ['locks', 'watch', '--for', '1h', '--interval', '200ms', '--json'];
      const cli = startCli(words, { TABLEPICK_DATABASE_URL: url });
      await whileWaiting(statements, () => cli.said(/ waits for /));
      cli.child.kill('SIGINT');
      const result = await cli.ended;
      expect(result.code).toBe(130);
      expect(jsonOf(result)).toMatchObject({ waits: 1 });
    });
  });

  it('a user without the privileges gets one clear line and the grants', async () => {
    await withLockScene(server, async ({ url }) => {
      await asUser({ server, schemaUrl: url }, ['GRANT ALL ON ?.* TO USER'], async (asked) => {
        const result = await runCli(['locks', 'watch', '--url', asked]);
        expectOneClearLine(result, 1, /may not see who waits/);
        expect(result.stderr).toMatch(/hint: .*GRANT PROCESS ON \*\.\* TO/);
      });
    });
  });
});
