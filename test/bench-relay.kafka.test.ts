import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { benchConsumer, benchRelay, benchSaga } from 'tablepick/experiments';
import type { BenchRelayOptions, BenchSagaOptions } from 'tablepick/experiments';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { expectOneClearLine, jsonOf, runCli } from './support/run-cli.js';
import { askKafka } from './support/kafka-clients.js';
import {
  type TestServer,
  testKafka,
  testKafkaUrl,
  testServer,
  testServers,
  withConnection,
} from './support/servers.js';
import { withScratch } from './support/with-scratch.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tablepick-bench-relay-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const small = { messages: 200, batchRows: 50, ratePerSecond: 50, durationMs: 500 };
const few = { reservations: 40, sample: 20, clients: 8, slots: 10, ratesPerSecond: [20], durationMs: 500 };

const relay = (url: string, options: Partial<BenchRelayOptions> = {}) =>
  benchRelay({
    connection: { url },
    reports: folder,
    repeat: 1,
    kafka: testKafka(),
    ...small,
    ...options,
  });

const saga = (url: string, options: Partial<BenchSagaOptions> = {}) =>
  benchSaga({ connection: { url }, reports: folder, repeat: 1, kafka: testKafka(), ...few, ...options });

/** Topics that measurements have left behind. */
async function topicsLeft(): Promise<string[]> {
  const topics = await askKafka(testKafkaUrl(), (admin) => admin.listTopics());
  return topics.filter((topic) => /^tablepick-(relay|saga|consumer)-/.test(topic));
}

async function paymentSchemasLeft({ url }: TestServer): Promise<unknown[]> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query("SHOW DATABASES LIKE 'tablepick\\_payment\\_%\\_bench'");
    return rows as unknown[];
  });
}

describe('bench relay', () => {
  const server = testServer('mysql');

  it('accounts for every message of producer, relays and paced loads, in files, and leaves no topic behind', async () => {
    await withScratch(server, async ({ url }) => {
      const { folder: report, result } = await relay(url);
      expect(JSON.parse(await readFile(join(report, 'result.json'), 'utf8'))).toEqual(result);
      expect((await readdir(report)).toSorted()).toEqual(['chart.svg', 'report.md', 'result.json']);
      expect(result.variants.map(({ name, verdict, runs }) => [name, verdict, runs[0]?.answers.delivered])).toEqual([
        ['producer', { right: true, text: 'right' }, 200],
        ['relay', { right: true, text: 'right' }, 200],
        ['relay-one-by-one', { right: true, text: 'right' }, 200],
        ['relay-database', { right: true, text: 'right' }, 200],
        ['paced-producer', { right: true, text: 'right' }, 25],
        ['paced-relay', { right: true, text: 'right' }, 25],
        ['paced-polling', { right: true, text: 'right' }, 25],
      ]);
      const oneByOne = result.variants.find(({ name }) => name === 'relay-one-by-one');
      expect(oneByOne?.runs[0]?.transactions.begun).toBeGreaterThanOrEqual(200);
      for (const { latencies } of result.variants.slice(4)) expect(latencies.untilConsumed?.count).toBe(25);
      expect(result.figures.map(({ name, goal }) => [name, goal])).toEqual([
        ['relay-vs-producer', null],
        ['relay-vs-one-by-one', null],
        ['database-vs-kafka', null],
        ['relay-vs-producer-p99', null],
        ['woken-vs-polling-p50', null],
      ]);
    });
    expect(await topicsLeft()).toEqual([]);
  });

  it('needs brokers unless only the database carries messages, and says so before it connects', async () => {
    const reports = join(folder, 'never');
    const nowhere = 'mysql://root@127.0.0.1:1/nowhere_bench';
    await expect(relay(nowhere, { reports, kafka: { brokers: [] } })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(relay(nowhere, { reports, messages: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(readdir(reports)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('tells what is wrong with an option in one clear line', async () => {
    const ended = await runCli(['bench', 'relay', '--messages', '0']);
    expectOneClearLine(ended, 2, /--messages is '0'/);
  });
});

describe.each(testServers())('bench relay with the transport of $name', (server) => {
  it('measures it alone, without a Kafka', async () => {
    await withScratch(server, async ({ url }) => {
      const { result } = await relay(url, { transport: 'database', kafka: undefined });
      expect(result.variants).toMatchObject([{ name: 'relay-database', verdict: { right: true } }]);
      expect(result.server.flavour).toBe(server.name);
    });
  });
});

describe('bench saga', () => {
  it('takes reservations through the whole saga, each charged once, and drops what it created', async () => {
    await withScratch(testServer('mariadb'), async ({ url }) => {
      const { folder: report, result } = await saga(url, { transport: 'database', kafka: undefined });
      const right = { right: true, text: 'right' };
      expect(result.variants).toMatchObject([
        { name: 'database', verdict: right, runs: [{ answers: { confirmed: 40 } }] },
        { name: 'database-one-by-one', verdict: right, runs: [{ answers: { confirmed: 20 } }] },
        { name: 'by-hand', verdict: right, runs: [{ answers: { confirmed: 40 } }] },
        { name: 'database-20', verdict: right, runs: [{ answers: { confirmed: 10 } }] },
        { name: 'database-one-by-one-20', verdict: right, runs: [{ answers: { confirmed: 10 } }] },
      ]);
      expect(result.variants[3]?.latencies.untilConfirmed?.count).toBe(10);
      expect(result.variants[0]?.runs[0]?.backlog?.at(-1)).toMatchObject({ waiting: 0 });
      expect(result.variants[0]?.costs?.statements?.median).toBeGreaterThan(0);
      expect((await readdir(report)).toSorted()).toEqual(['backlog.svg', 'chart.svg', 'report.md', 'result.json']);
    });
    expect(await paymentSchemasLeft(testServer('mariadb'))).toEqual([]);
  });

  it('is run from the command line, over Kafka', async () => {
    await withScratch(testServer('mysql'), async ({ url }) => {
      const words = [
        '--reservations',
        '20',
        '--rate',
        '20',
        '--duration',
        '250ms',
        '--ways',
        'batches',
        '--repeat',
        '1',
        '--transport',
        'kafka',
        '--out',
        folder,
      ];
      const env = { TABLEPICK_DATABASE_URL: url, TABLEPICK_KAFKA_BROKERS: testKafkaUrl() };
      const ended = await runCli(['bench', 'saga', ...words, '--json'], env);
      expect(ended.code, ended.stderr).toBe(0);
      expect(jsonOf(ended)).toMatchObject({
        variants: ['kafka', 'kafka-20'].map((name) => ({ name, verdict: { right: true } })),
      });
    });
    expect(await topicsLeft()).toEqual([]);
  });

  it('refuses a way that it does not know, before it connects', async () => {
    const ended = await runCli(['bench', 'saga', '--ways', 'batches,by-foot']);
    expectOneClearLine(ended, 2, /by-foot/);
  });
});

describe('bench consumer', () => {
  it('accounts for every message, good or poison, over both transports, and leaves no topic behind', async () => {
    await withScratch(testServer('mysql'), async ({ url }) => {
      const size = { messages: 400, sample: 200, poisonEvery: 50 };
      const settings = { connection: { url }, reports: folder, repeat: 1, kafka: testKafka(), ...size };
      const { result } = await benchConsumer(settings);
      const expected = ['database', 'kafka'].flatMap((carrier) => [
        [`${carrier}-plain`, 'right', 200, 0],
        [`${carrier}-handler-refuses`, 'right', 196, 4],
        [`${carrier}-server-refuses`, 'right', 196, 4],
        [`${carrier}-backlog`, 'right', 400, 0],
        [`${carrier}-one-by-one`, 'right', 200, 0],
      ]);
      const found = result.variants.map(({ name, verdict, runs }) => {
        return [name, verdict?.text, runs[0]?.answers.handled, runs[0]?.answers.dead];
      });
      expect(found.toSorted()).toEqual(expected.toSorted());
    });
    expect(await topicsLeft()).toEqual([]);
  });
});
