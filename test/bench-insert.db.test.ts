import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { benchInsert, benchMonths, createBenchDatabase } from 'tablepick/experiments';
import type { BenchEvent, BenchInsertOptions } from 'tablepick/experiments';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { testServer, testServers, withConnection, withTestDatabase } from './support/servers.js';
import { withScratch } from './support/with-scratch.js';

let reports: string;

beforeAll(async () => {
  reports = await mkdtemp(join(tmpdir(), 'tablepick-bench-test-'));
});

afterAll(() => rm(reports, { recursive: true, force: true }));

const small = { rows: 960, sampleRows: 480, repeat: 1, workers: 2 } satisfies Partial<BenchInsertOptions>;

function readTables(url: string): Promise<string[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query('SHOW TABLES');
    return (rows as object[]).map((row) => String(Object.values(row)[0]));
  });
}

describe.each(testServers())('bench insert on $name', (server) => {
  it('measures every strategy, interleaved, and leaves result, report and chart', async () => {
    await withScratch(server, async ({ url }) => {
      const orders: string[][] = [];
      const onEvent = (event: BenchEvent): void => {
        if (event.kind === 'round-started') orders.push([...event.order]);
      };
      const { folder, result } = await benchInsert({
        ...small,
        connection: { url },
        reports,
        onEvent,
        question: server.name,
      });
      expect(orders).toEqual([orders[0], orders[0]?.toReversed()]);
      expect(JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'))).toEqual(result);
      expect((await readdir(folder)).toSorted()).toEqual(['chart.svg', 'report.md', 'result.json']);
      expect(await readFile(join(folder, 'report.md'), 'utf8')).toContain('(extrapolated)');
      expect(result).toMatchObject({
        schemaVersion: 2,
        kind: 'rows',
        rounds: { planned: 1, done: 1 },
        server: { flavour: server.name },
      });
      const byName = Object.fromEntries(result.variants.map((variant) => [variant.name, variant]));
      expect(Object.keys(byName)).toEqual([
        'identity',
        'prepared',
        'batch',
        'load-data',
        'server-side',
        'without-checkpoints',
        'by-hand-server-side',
        'by-hand-load-data',
      ]);
      for (const variant of result.variants) {
        const rows = variant.sampled ? 480 : 960;
        expect(variant.runs).toMatchObject([{ round: 1, rows, verifySeconds: expect.any(Number) as number }]);
        expect(variant.warmup).toMatchObject({ round: 0, rows });
        expect(variant.runs[0]?.client?.peakRssBytes).toBeGreaterThan(20e6);
      }
      expect(byName['identity']?.sampled).toBe(true);
      expect(result.figures.map((figure) => figure.name)).toEqual([
        'bare-vs-by-hand',
        'checkpoint-cost',
        'verify-share',
        'peak-memory',
      ]);
    });
  });
});

describe('bench insert', () => {
  const server = testServer('mysql');
  const run = (url: string, more: Partial<BenchInsertOptions> = {}) =>
    benchInsert({ ...small, connection: { url }, reports, strategies: ['server-side'], ...more });

  it('refuses a schema with a table it did not make and leaves it as it was', async () => {
    await withTestDatabase(server, async ({ url }) => {
      await withConnection(url, (connection) => connection.query('CREATE TABLE restaurant (id INT)'));
      await expect(run(url)).rejects.toMatchObject({ code: 'NOT_A_SCRATCH_SCHEMA' });
      expect(await readTables(url)).toEqual(['restaurant']);
    });
  });

  it('refuses an empty schema that is neither named nor marked as scratch', async () => {
    await withTestDatabase(server, async ({ url }) => {
      await expect(run(url)).rejects.toMatchObject({ code: 'NOT_A_SCRATCH_SCHEMA' });
      expect(await readTables(url)).toEqual([]);
    });
  });

  it('refuses its own scratch schema once somebody has put a table there', async () => {
    await withScratch(server, async ({ url }) => {
      await run(url, { rows: 480 });
      await withConnection(url, (connection) => connection.query('CREATE TABLE mine (id INT)'));
      await expect(run(url)).rejects.toMatchObject({ code: 'NOT_A_SCRATCH_SCHEMA' });
      expect(await readTables(url)).toContain('mine');
    });
  });

  it('makes a scratch schema of its own on a server it is given', async () => {
    await withTestDatabase(server, async ({ url, name }) => {
      const schema = `${name}_bench`;
      const connection = await createBenchDatabase({ url }, schema);
      try {
        const { result } = await run(connection.url, { rows: 480 });
        expect(new URL(connection.url).pathname).toBe(`/${schema}`);
        expect(result.finishedAt).not.toBeNull();
      } finally {
        await withConnection(url, (admin) => admin.query(`DROP DATABASE \`${schema}\``));
      }
    });
  });

  it('ends with an error and no result when a load is not what was planned', async () => {
    await withScratch(server, async ({ url }) => {
      let spoilt: Promise<unknown> | undefined;
      const onEvent = (event: BenchEvent): void => {
        if (event.kind !== 'run-progress' || event.variant !== 'identity') return;
        spoilt ??= withConnection(url, (connection) => connection.query('DELETE FROM reservation_slot LIMIT 1'));
      };
      const bench = run(url, { rows: 9600, sampleRows: 9600, strategies: ['identity'], workers: 1, onEvent });
      await expect(bench).rejects.toMatchObject({ code: 'SLOTS_DIFFER' });
      await spoilt;
    });
  });

  it('lets one experiment use a scratch schema at a time and stops at a signal', async () => {
    await withScratch(server, async ({ url }) => {
      const stop = new AbortController();
      let second: Promise<unknown> | undefined;
      const onEvent = (event: BenchEvent): void => {
        if (event.kind !== 'run-started' || event.round === 0) return;
        second ??= run(url).then(
          () => stop.abort('the second one ran'),
          (error: unknown) => (stop.abort(), error),
        );
      };
      const first = run(url, { question: 'stopped', repeat: 50, signal: stop.signal, onEvent });
      await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
      expect(await second).toMatchObject({ code: 'RUN_ACTIVE' });
      const folder = (await readdir(reports)).find((name) => name.endsWith('-stopped'));
      const result = JSON.parse(await readFile(join(reports, folder ?? '', 'result.json'), 'utf8')) as object;
      expect(result).toMatchObject({ finishedAt: null, rounds: { planned: 50 } });
    });
  });

  it.each([
    ['rows', { rows: 0 }],
    ['repeat', { repeat: 1.5 }],
    ['workers', { workers: 0 }],
    ['report name', { question: '../elsewhere' }],
  ])('refuses a bad option before it connects: %s', async (_, bad) => {
    const nowhere = 'mysql://root@127.0.0.1:1/nowhere_bench';
    await expect(run(nowhere, bad)).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('fills one table month after month and compares the last with the first', async () => {
    await withScratch(server, async ({ url }) => {
      const { result } = await benchMonths({ ...small, months: 3, connection: { url }, reports });
      expect(result.variants.map((variant) => variant.runs.map((each) => each.rows))).toEqual([[960], [960], [960]]);
      expect(result.figures).toMatchObject([{ name: 'last-vs-first', goal: null }]);
      await withConnection(url, async (connection) => {
        const [rows] = await connection.query('SELECT COUNT(*) AS slots, MAX(date) AS last FROM reservation_slot');
        expect(rows).toEqual([{ slots: 2880, last: '2027-02-28' }]);
      });
    });
  });
});
