import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { benchLocks, benchTxScope } from 'tablepick/experiments';
import type { BenchEvent, BenchLocksOptions } from 'tablepick/experiments';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { expectOneClearLine, jsonOf, runCli } from './support/run-cli.js';
import { testRedis, testServer, testServers } from './support/servers.js';
import { withScratch } from './support/with-scratch.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tablepick-bench-locks-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file that exports a strategy that claims everything and answers with `body`. */
async function writeStrategy(name: string, body: string): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  const guarantees = '{ noOverbooking: true, noLostUpdate: true, noDeadlock: true }';
  const open = `() => ({ reserve: async () => { ${body} }, close: async () => {} })`;
  await writeFile(path, `export const mine = { name: '${name}', guarantees: ${guarantees}, open: ${open} };`);
  return path;
}

const lying = () => writeStrategy('lying', "return { kind: 'reserved', reservationId: 1 };");

describe.each(testServers())('bench locks on $name', (server) => {
  const run = (url: string, options: Partial<BenchLocksOptions>) =>
    benchLocks({ connection: { url }, reports: join(folder, server.name), repeat: 1, ...options });

  it('shows in the scene it comes from that the naive way is wrong and that those who claim are right, in files', async () => {
    await withScratch(server, async ({ url }) => {
      const strategies = ['naive', 'atomic', 'combining', 'by-hand'];
      const orders: string[][] = [];
      const onEvent = (event: BenchEvent): void => {
        if (event.kind === 'round-started') orders.push([...event.order]);
      };
      const { folder: report, result } = await run(url, { strategies, onEvent, question: 'scene' });
      expect(orders).toEqual([strategies, strategies.toReversed()]);
      expect(JSON.parse(await readFile(join(report, 'result.json'), 'utf8'))).toEqual(result);
      expect((await readdir(report)).toSorted()).toEqual(['chart.svg', 'report.md', 'result.json']);
      expect(await readFile(join(report, 'report.md'), 'utf8')).toContain('(claims nothing)');
      expect(result).toMatchObject({ schemaVersion: 2, kind: 'load', server: { flavour: server.name } });
      const verdicts = result.variants.map(({ name, claims, verdict }) => [name, claims, verdict?.right]);
      expect(verdicts).toEqual([
        ['naive', false, false],
        ['atomic', true, true],
        ['combining', true, true],
        ['by-hand', true, true],
      ]);
      for (const { name, runs } of result.variants.slice(1))
        expect(runs, name).toMatchObject([
          { answers: { reserved: 100, 'sold-out': 50 }, transactions: { deadlocked: 0 } },
        ]);
      expect(result.variants[0]?.runs[0]?.transactions.deadlocked).toBeGreaterThan(0);
      expect(result.figures.map(({ name, goal }) => [name, goal])).toEqual([
        ['combining-vs-row-locks', null],
        ['overhead', { atMost: 1.15 }],
      ]);
    });
  });

  it('shares an open load between processes that use other members and keys, and counts from when requests were due', async () => {
    await withScratch(server, async ({ url }) => {
      const load = { durationMs: 500, ratePerSecond: 400, clients: 20, slots: 5, hotShare: 0.5 };
      const { result } = await run(url, { strategies: ['combining'], processes: [2], question: 'open', ...load });
      const [variant] = result.variants;
      expect(variant).toMatchObject({ name: 'combining-2-processes', verdict: { right: true } });
      const measured = variant?.runs[0];
      expect(measured?.answers).toEqual({ reserved: measured?.times['serviceTime']?.count });
      const due = (measured?.times['serviceTime']?.count ?? 0) + (measured?.unsent ?? 0);
      expect(measured?.times['sinceIntended']?.count).toBe(due);
      expect(result.parameters).toMatchObject({ ratePerSecond: 400, hotShare: 0.5, processes: '2', durationMs: 500 });
    });
  });

  it('measures what a payment inside the transaction costs, and what one outside', async () => {
    await withScratch(server, async ({ url }) => {
      const { result } = await benchTxScope({
        connection: { url },
        reports: join(folder, server.name),
        repeat: 1,
        clients: 4,
        pool: 4,
        latencyMs: 50,
        jitterMs: 10,
      });
      const [inside, outside] = result.variants;
      expect(inside).toMatchObject({ name: 'payment-inside', verdict: { right: true } });
      expect(outside).toMatchObject({ name: 'payment-outside', verdict: { right: true } });
      expect(inside?.runs).toMatchObject([{ answers: { reserved: 4 }, transactions: { begun: 4, rolledBack: 0 } }]);
      expect(outside?.runs).toMatchObject([{ answers: { reserved: 4 }, transactions: { rolledBack: 0 } }]);
      // Confirmations that come at the same moment share a transaction.
      const begun = outside?.runs[0]?.transactions?.begun;
      expect(begun).toBeGreaterThanOrEqual(5);
      expect(begun).toBeLessThanOrEqual(8);
      expect(inside?.latencies.lockHeld?.meanMs).toBeGreaterThanOrEqual(40);
      expect(outside?.latencies.lockHeld?.count).toBe(begun);
      expect(result.figures.map(({ name }) => name)).toEqual(['mean-wait-saved', 'max-wait-saved', 'lock-hold-saved']);
    });
  });
});

describe('bench locks', () => {
  const server = testServer('mysql');
  const tableLess = 'mysql://root@127.0.0.1:1/nowhere_bench';
  const run = (url: string, options: Partial<BenchLocksOptions>) =>
    benchLocks({ connection: { url }, reports: folder, repeat: 1, clients: 5, pool: 4, ...options });

  it('ends with 3 when a strategy of somebody claims to be right and loses what it acknowledged', async () => {
    await withScratch(server, async ({ url }) => {
      const words = ['--strategies', await lying(), '--clients', '5', '--pool', '4', '--repeat', '1', '--out', folder];
      const ended = await runCli(['bench', 'locks', ...words, '--json'], { TABLEPICK_DATABASE_URL: url });
      expect(ended.code, ended.stderr).toBe(3);
      expect(jsonOf(ended)).toMatchObject({
        variants: [{ name: 'lying', claims: true, verdict: { right: false, text: '5 acknowledged lost' } }],
      });
    });
  });

  it('sweeps clients in one report, with the request of each', async () => {
    await withScratch(server, async ({ url }) => {
      const sweep = { parameter: 'clients' as const, values: [1, 3] };
      const { result, folder: report } = await run(url, { strategies: ['pessimistic'], sweep, question: 'sweep' });
      expect(result.variants.map(({ name, point, runs }) => [name, point, runs[0]?.answers])).toEqual([
        ['pessimistic@clients=1', 1, { reserved: 1 }],
        ['pessimistic@clients=3', 3, { reserved: 3 }],
      ]);
      expect(await readFile(join(report, 'chart.svg'), 'utf8')).toContain('>clients</text>');
    });
  });

  it('measures a strategy with the messages of the saga beside itself without, and counts them', async () => {
    await withScratch(server, async ({ url }) => {
      const { result } = await run(url, { strategies: ['combining'], saga: true, question: 'saga' });
      expect(result.variants.map(({ name, verdict, runs }) => [name, verdict?.right, runs[0]?.answers])).toEqual([
        ['combining', true, { reserved: 5 }],
        ['combining-saga', true, { reserved: 5 }],
      ]);
      expect(result.figures.map(({ name }) => name)).toContain('combining-saga-vs-bare');
    });
  });

  it('takes redis-lock when it is given a Redis', async () => {
    await withScratch(server, async ({ url }) => {
      const { result } = await run(url, { strategies: ['redis-lock'], redisUrl: testRedis(), question: 'redis' });
      expect(result.variants[0]).toMatchObject({ verdict: { right: true }, runs: [{ answers: { reserved: 5 } }] });
    });
  });

  it('tells how a measuring process died, and that it was stopped', async () => {
    await withScratch(server, async ({ url }) => {
      const dying = await writeStrategy('dying', 'process.exit(7);');
      const died = run(url, { strategies: [dying], question: 'died' });
      await expect(died).rejects.toMatchObject({
        code: 'QUERY_FAILED',
        message: expect.stringMatching(/exit code 7/) as string,
      });
      const stop = new AbortController();
      const onEvent = (event: BenchEvent): void => {
        if (event.kind === 'load-started') setTimeout(() => stop.abort(), 1000);
      };
      const hanging = await writeStrategy('hanging', 'return new Promise(() => setInterval(() => {}, 1000));');
      const stopped = run(url, { strategies: [hanging], question: 'stopped', signal: stop.signal, onEvent });
      await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    });
  });

  it.each<[string, Partial<BenchLocksOptions>]>([
    ['an unknown strategy', { strategies: ['ostrich'] }],
    ['a file that is not there', { strategies: ['./ostrich.mjs'] }],
    ['redis-lock without a Redis', { strategies: ['redis-lock'] }],
    ['no clients', { clients: 0 }],
    ['more processes than clients', { clients: 2, processes: [3] }],
    ['a share above 1', { hotShare: 2 }],
    ['a swept value out of range', { sweep: { parameter: 'hot-share', values: [0.5, 7] } }],
    ['requests and a duration', { requests: 5, durationMs: 100 }],
    ['a bad report name', { question: '../elsewhere' }],
  ])('refuses %s before it connects or writes', async (_, bad) => {
    const reports = join(folder, 'never');
    await expect(run(tableLess, { reports, ...bad })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(readdir(reports)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses more connections than the server allows before it makes a table', async () => {
    await withScratch(server, async ({ url }) => {
      const bad = run(url, { pool: 5000, strategies: ['atomic'] });
      await expect(bad).rejects.toMatchObject({
        code: 'BAD_OPTION',
        message: expect.stringMatching(/5000 connections are too many/) as string,
      });
    });
  });

  it.each([
    [['--hot-share', '2'], /--hot-share is '2'/],
    [['--sweep', 'clients'], /--sweep is 'clients'/],
    [['--processes', '1,1'], /--processes is '1,1'/],
    [['--rate', '0'], /--rate is '0'/],
    [['--duration', '10'], /--duration is '10'/],
    [['--requests', '5', '--duration', '1s'], /--requests/],
    [['--strategies', 'ostrich'], /no lock strategy ostrich/],
  ])('tells what is wrong with %j in one clear line', async (words, message) => {
    const ended = await runCli(['bench', 'locks', ...words], { TABLEPICK_DATABASE_URL: tableLess });
    expectOneClearLine(ended, 2, message);
  });
});
