import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect, migrate } from 'tablepick/database';
import { appendToOutbox, cleanUp, createDatabaseTransport, startRelay } from 'tablepick/messaging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { expectNoOpenTransactions, untilQuiet } from '../support/fire-judge.js';
import { enginesUnderFire, isShare } from '../support/fire-share.js';
import { type PrivateServer, startPrivateServer } from '../support/private-server.js';
import { withConnection, withTestDatabase } from '../support/servers.js';

const ROWS = isShare ? 200_000 : 5_000_000;
const engines = enginesUnderFire('mariadb');
const STEP = 100_000;
const LONGEST_MS = 1000;
const TOPIC = 'things';
const PRODUCERS = 4;

const FILL = `INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, occurred_at, status)
  SELECT CONCAT('old-', ? + n), '${TOPIC}', CONCAT('key-', n % 1000), 'Thing', '{"n":1}',
    NOW(6) - INTERVAL 8 DAY, 'SENT'
  FROM (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n
    FROM digit a, digit b, digit c, digit d, digit e) numbers`;
const DEADLOCKS = {
  mysql: "SELECT count AS value FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'",
  mariadb:
    "SELECT variable_value AS value FROM information_schema.global_status WHERE variable_name = 'Innodb_deadlocks'",
} as const;

describe.each(engines)('cleaning up on a %s of its own', (engine) => {
  let server: PrivateServer;

  beforeAll(async () => {
    server = await startPrivateServer(engine);
  });
  afterAll(() => server?.remove());

  it(`of ${ROWS} sent messages beside traffic makes no deadlock and keeps nobody waiting`, async () => {
    await withTestDatabase(server, async ({ url }) => {
      const database = await connect({ url, poolSize: 16 });
      try {
        await migrate(database);
        await fill(url);
        await cleanBesideTraffic(database, () => readDeadlocks(url, engine));
        await expectNoOpenTransactions(url);
      } finally {
        await database.close();
      }
    });
  });
});

async function fill(url: string): Promise<void> {
  const began = performance.now();
  await withConnection(url, async (connection) => {
    await connection.query('CREATE TABLE digit (n INT PRIMARY KEY)');
    await connection.query('INSERT INTO digit VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)');
    await connection.query('SET unique_checks = 0, foreign_key_checks = 0');
    for (let from = 0; from < ROWS; from += STEP) await connection.query(FILL, [from]);
  });
  console.log(`${ROWS} sent messages written in ${Math.round(performance.now() - began)} ms`);
}

async function readDeadlocks(url: string, engine: keyof typeof DEADLOCKS): Promise<number> {
  return withConnection(url, async (connection) => {
    const [rows] = await connection.query(DEADLOCKS[engine]);
    return Number((rows as { value: unknown }[])[0]!.value);
  });
}

async function cleanBesideTraffic(database: Database, deadlocks: () => Promise<number>): Promise<void> {
  const transport = createDatabaseTransport({ database });
  await transport.createTopics([{ topic: TOPIC, partitions: 6 }]);
  const failures: unknown[] = [];
  const onEvent = (event: { kind: string }) => void (event.kind === 'failed' && failures.push(event));
  const relay = startRelay({ database, transport, pollMs: 50, cleanUp: false, onEvent });
  const alone = await produce(database, sleep(isShare ? 2000 : 10_000));
  const before = await deadlocks();
  const began = performance.now();
  const cleaning = cleanUp(database, { pauseMs: 0 });
  const beside = await produce(database, cleaning);
  const { outbox } = await cleaning;
  const ms = performance.now() - began;
  console.log(
    `removed ${outbox} in ${Math.round(ms)} ms; an append took ${alone.longestMs.toFixed(0)} ms at most alone, ` +
      `${beside.longestMs.toFixed(0)} ms beside it; ${beside.ids.length} appended`,
  );
  await untilQuiet({ transport, outboxes: [database], readers: [] });
  await relay.stop();
  await transport.close();
  expect(outbox).toBe(ROWS);
  expect(failures).toEqual([]);
  expect((await deadlocks()) - before).toBe(0);
  expect(beside.longestMs).toBeLessThan(LONGEST_MS);
  await expectAllSent(database, [...alone.ids, ...beside.ids]);
}

interface Produced {
  ids: string[];
  longestMs: number;
}

/** Several append, each one transaction after another, until `done`. */
async function produce(database: Database, done: Promise<unknown>): Promise<Produced> {
  const produced: Produced = { ids: [], longestMs: 0 };
  let isDone = false;
  const ending = done.finally(() => (isDone = true));
  const append = async (lane: number) => {
    for (let n = 0; !isDone; n += 1) {
      const id = randomUUID();
      const draft = { id, type: 'Thing', aggregate: TOPIC, key: `key-${lane}-${n % 20}`, data: { n } };
      const began = performance.now();
      await database.transaction((tx) => appendToOutbox(tx, [draft]), { retry: false });
      produced.longestMs = Math.max(produced.longestMs, performance.now() - began);
      produced.ids.push(id);
      await sleep(5);
    }
  };
  await Promise.all([ending, ...Array.from({ length: PRODUCERS }, (_, lane) => append(lane))]);
  return produced;
}

/** Nothing young was removed, and each is in the log once: nobody was killed. */
async function expectAllSent(database: Database, ids: readonly string[]): Promise<void> {
  const [outbox] = await database.query<{ count: number }>(
    "SELECT COUNT(*) AS count FROM outbox WHERE status = 'SENT'",
  );
  const [log] = await database.query<{ count: number }>('SELECT COUNT(*) AS count FROM message');
  expect([outbox!.count, log!.count]).toEqual([ids.length, ids.length]);
}
