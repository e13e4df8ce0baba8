import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { type ReconcileScene, withReconcileScene } from './support/reconcile-scene.js';
import { expectOneClearLine, jsonOf, runCli, startCli } from './support/run-cli.js';
import { testServer } from './support/servers.js';

function wordsOf({ urls, provider }: ReconcileScene, ...more: string[]): string[] {
  return [
    'reconcile',
    '--url',
    urls.reservations,
    '--payment-url',
    urls.payments,
    '--gateway-url',
    provider.url,
    ...more,
  ];
}

describe('tablepick reconcile', () => {
  it('says in a table what disagrees, ends with 3, repairs it with --fix, and ends with 0', async () => {
    await withReconcileScene(testServer('mysql'), async (scene) => {
      await scene.put({ status: 'PENDING', payment: 'PAID', provider: 'approved' });
      await scene.put({ status: 'CONFIRMED', heard: 'PAID', payment: 'PAID', provider: 'approved' });
      const before = await scene.contents();
      const found = await runCli(wordsOf(scene));
      expect([found.code, await scene.contents()], found.stderr).toEqual([3, before]);
      expect(found.stdout).toMatch(
        /^disagreement +found +fixed +left\npending-overdue +1 +0 +1\nhold-overdue +0 +0 +0\n/,
      );
      expect(found.stdout).toContain(
        'pending-overdue  left: not fixed: PaymentSucceeded applied to the reservation (1)\n  1\n',
      );
      expect(found.stdout).toMatch(
        /2 seats held, paid 20,000 KRW, refunded nothing\nmoney and seats do not agree over 2 res/,
      );
      const fixed = await runCli(wordsOf(scene, '--fix', '--json'));
      expect(fixed.code, fixed.stderr).toBe(0);
      expect(jsonOf(fixed)).toMatchObject({ ok: true, checked: { reservations: 2, payments: 2 } });
      const again = await runCli(wordsOf(scene, '--fix'));
      expect([again.code, again.stdout]).toEqual([
        0,
        expect.stringMatching(/\nmoney and seats agree over 2 reservations/),
      ]);
    });
  });

  it('leaves what needs a provider when none is named', async () => {
    await withReconcileScene(testServer('mariadb'), async (scene) => {
      await scene.put({ status: 'PENDING', payment: 'READY', provider: 'approved' });
      const words = ['reconcile', '--url', scene.urls.reservations, '--payment-url', scene.urls.payments, '--fix'];
      const left = await runCli(words);
      expect([left.code, left.stdout]).toEqual([
        3,
        expect.stringContaining('left: needs the provider, and none is named (1)'),
      ]);
      const settled = await runCli(words, { TABLEPICK_GATEWAY_URL: scene.provider.url });
      expect([settled.code, settled.stdout]).toEqual([0, expect.stringContaining('settled as approved')]);
    });
  });

  it('writes every key to the report, which appears only when it is whole', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tablepick-reconcile-'));
    try {
      await withReconcileScene(testServer('mysql'), async (scene) => {
        for (let i = 0; i < 30; i += 1) await scene.put({ status: 'CANCELLED', payment: 'PAID' });
        const file = path.join(folder, 'found.json');
        const { code, stdout } = await runCli(wordsOf(scene, '--report', file, '--limit', '2'));
        expect([code, stdout]).toEqual([3, expect.stringContaining('\n  1, 2, …\n')]);
        const report = JSON.parse(await readFile(file, 'utf8')) as { findings: { key: number }[]; result: object };
        expect(report.findings.map(({ key }) => key).toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: 30 }, (_, index) => index + 1),
        );
        expect(report.findings[0]).toMatchObject({ name: 'paid-not-held', end: 'left' });
        expect(report.result).toMatchObject({ ok: false });
        expect(await readdir(folder)).toEqual(['found.json']);
        const foreign = path.join(folder, 'package.json');
        for (const text of ['{"name":"mine"}', '{']) {
          await writeFile(foreign, text);
          expectOneClearLine(await runCli(wordsOf(scene, '--report', foreign)), 2, /--report .* is left as it is/);
          expect(await readFile(foreign, 'utf8')).toBe(text);
        }
        expect((await runCli(wordsOf(scene, '--report', file))).code).toBe(3);
        expect((await readdir(folder)).toSorted()).toEqual(['found.json', 'package.json']);
        const nowhere = await runCli(wordsOf(scene, '--report', path.join(folder, 'no', 'found.json')));
        expectOneClearLine(nowhere, 2, /--report .* cannot be written: there is no such file/);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('goes on with --every until it is stopped, a line each round', async () => {
    await withReconcileScene(testServer('mysql'), async (scene) => {
      const running = startCli(wordsOf(scene, '--fix', '--every', '100ms'));
      await running.said(/found 0, fixed 0, left 0 over 0 reservations/);
      await scene.put({ status: 'PENDING', payment: 'FAILED' });
      await running.said(/found 1, fixed 1, left 0 over 1 reservation and 1 payment/);
      running.child.kill('SIGINT');
      const { code, stdout } = await running.ended;
      expect([code, stdout]).toEqual([
        130,
        expect.stringMatching(/money and seats agree over 1 reservation and 1 payment/),
      ]);
    });
  });

  it.each([
    [['--older-than', 'soon'], /--older-than is 'soon' but must be a duration/],
    [['--every', '0s'], /--every is '0s' but must be a duration/],
    [['--limit', '-1'], /--limit is '-1' but must be a whole number/],
    [['--gateway-url', 'ftp://pay.example'], /the payment provider's URL is not http/],
    [['--gateway-url', 'pay'], /the payment provider's URL is no URL/],
    [['--url', 'nowhere'], /nowhere/],
    [['--fixx'], /unknown option '--fixx'/],
    [['now'], /too many arguments/],
  ])('refuses %j in one clear line', async (words, message) => {
    expectOneClearLine(await runCli(['reconcile', ...words]), 2, message);
  });

  it('tells how to create the payment database when it is missing', async () => {
    await withReconcileScene(testServer('mysql'), async ({ urls }) => {
      const result = await runCli(['reconcile', '--url', urls.reservations]);
      expectOneClearLine(result, 1, /the payment service has no database/);
      expect(result.stderr).toContain('tablepick init --payment');
    });
  });
});
