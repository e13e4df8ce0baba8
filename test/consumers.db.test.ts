import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect, migrate } from 'tablepick/database';
import {
  type ConsumerEvent,
  type ConsumerOptions,
  type Transport,
  type WireMessage,
  createDatabaseTransport,
  createMemoryTransport,
  createMessage,
  encodeMessage,
  listDeadLetters,
  parkDeadLetters,
  startConsumer,
} from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { testServers, withConnection, withTestDatabase } from './support/servers.js';

const QUICK = { kind: 'blocking', attempts: 3, baseMs: 10, capMs: 50 } as const;

interface Scene {
  database: Database;
  url: string;
  transport: Transport;
  events: ConsumerEvent[];
  start(handle: ConsumerOptions['handlers'][string]['handle'], more?: Partial<ConsumerOptions>): Promise<void>;
  stop(): Promise<void>;
}

const message = (key: string, headers: Record<string, string> = {}, id?: string): WireMessage => {
  const wire = encodeMessage(
    createMessage({ type: 'Thing', key, aggregate: 'things', data: {}, ...(id ? { id } : {}) }),
  );
  return { ...wire, headers: { ...wire.headers, ...headers } };
};

async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isThere()); await sleep(5)) {
    if (Date.now() > deadline) throw new Error('it did not come about');
  }
}

describe.each(testServers())('a consumer on $name', (server) => {
  const play = (work: (scene: Scene) => Promise<void>, open?: (database: Database) => Transport) =>
    withTestDatabase(server, async ({ url }) => {
      const database = await connect({ url, poolSize: 12 });
      const events: ConsumerEvent[] = [];
      const transport = open?.(database) ?? createMemoryTransport();
      let stop = async (): Promise<void> => {};
      try {
        await migrate(database);
        await transport.createTopics([
          { topic: 'things', partitions: 1 },
          { topic: 'shop.retry', partitions: 1 },
        ]);
        const start: Scene['start'] = async (handle, more = {}) => {
          const consumer = await startConsumer({
            ...{ database, transport, group: 'shop', topics: ['things'], retry: QUICK },
            ...{ handlers: { Thing: { name: 'sell', handle } }, onEvent: (event) => events.push(event), ...more },
          });
          stop = () => consumer.stop();
        };
        await work({ database, url, transport, events, start, stop: () => stop() });
      } finally {
        await stop();
        await transport.close();
        await database.close();
      }
    });

  it('does not handle a copy of a message that was parked while it waited in line', async () => {
    await play(async ({ database, transport, start, events }) => {
      let effects = 0;
      let isMended = false;
      await transport.publish([message('1', {}, 'one'), message('1', {}, 'one'), message('1', {}, 'after')]);
      await start(
        async ({ id }) => {
          if (id === 'one' && !isMended) throw new RangeError('no');
          effects += 1;
        },
        {
          retry: { ...QUICK, attempts: 4, baseMs: 150, capMs: 150 },
          onEvent: (event) => {
            events.push(event);
            if (event.kind !== 'dead') return;
            isMended = true;
          },
        },
      );
      await until(() => events.some(({ kind }) => kind === 'dead'));
      await parkDeadLetters(database, {}, { note: 'never do this' });
      await until(() => effects > 0);
      await until(async () => (await transport.lag('shop', ['things'])).every(({ lag }) => lag === 0));
      expect(effects).toBe(1);
      expect((await listDeadLetters(database, { state: 'PARKED' })).map(({ messageId }) => messageId)).toEqual(['one']);
    });
  });

  it('does not believe headers of its own kind that it has not written', async () => {
    await play(async ({ database, transport, start, events }) => {
      const handled: string[] = [];
      await transport.publish([
        message('1', { notBefore: '99999999999999' }, 'later'),
        message('1', {}, 'next'),
        message('2', { failures: 'Infinity' }, 'many'),
        message('3', { failures: '-1000000' }, 'few'),
      ]);
      await start(async ({ id }) => {
        if (id === 'many' || id === 'few') throw new RangeError('no');
        handled.push(id);
      });
      await until(async () => handled.length === 2 && (await listDeadLetters(database)).length === 2);
      expect(handled).toEqual(['later', 'next']);
      expect((await listDeadLetters(database)).map(({ attempts }) => attempts)).toEqual([3, 3]);
      expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
    });
  });

  it('waits for its database and transport as long as it takes, and makes no dead letter of a deployment that is not finished at once', async () => {
    await play(async ({ database, transport, start, events }) => {
      const run = (sql: string) => database.session((session) => session.execute(sql));
      let tries = 0;
      await transport.publish([message('1')]);
      await start(async (_message, { once }) => {
        tries += 1;
        if (tries === 2) await run('CREATE TABLE thing (id INT)');
        await once((tx) => tx.execute('INSERT INTO thing VALUES (1)'));
      });
      await until(() => events.some(({ kind }) => kind === 'handled'));
      expect(tries).toBe(2);
      expect(await listDeadLetters(database)).toEqual([]);
    });
  });

  it('stops soon although somebody holds the row it waits for', async () => {
    await play(async ({ database, url, transport, start, stop }) => {
      await database.session((session) => session.execute('CREATE TABLE thing (id INT PRIMARY KEY, n INT)'));
      await database.session((session) => session.execute('INSERT INTO thing VALUES (1, 0)'));
      await withConnection(url, async (holder) => {
        await holder.beginTransaction();
        await holder.query('SELECT * FROM thing WHERE id = 1 FOR UPDATE');
        let isWaiting = false;
        await transport.publish([message('1')]);
        await start(async (_message, { once }) => {
          await once(async (tx) => {
            isWaiting = true;
            await tx.execute('UPDATE thing SET n = n + 1 WHERE id = 1');
          });
        });
        await until(() => isWaiting);
        const began = Date.now();
        await stop();
        expect(Date.now() - began).toBeLessThan(30_000);
        await holder.rollback();
      });
    });
  });

  it('goes on although its listener fails', async () => {
    await play(async ({ transport, start }) => {
      const handled: string[] = [];
      await transport.publish([message('1', {}, 'a'), message('1', {}, 'b')]);
      await start(async ({ id }) => void handled.push(id), {
        onEvent: () => {
          throw new Error('the listener');
        },
      });
      await until(() => handled.length === 2);
    });
  });

  it('is not called stalled while another one of its group is busy with its own partition', async () => {
    const open = (database: Database) => createDatabaseTransport({ database, leaseMs: 2000 });
    await play(async ({ database, transport, start, events }) => {
      await transport.createTopics([{ topic: 'many', partitions: 2 }]);
      let ran = 0;
      const handle = async (): Promise<void> => {
        ran += 1;
        await sleep(3000);
      };
      await start(handle, { topics: ['many'], watchdogMs: 300, concurrency: 1 });
      const other = await startConsumer({
        ...{ database, transport, group: 'shop', topics: ['many'], watchdogMs: 300, concurrency: 1 },
        ...{ handlers: { Thing: { name: 'sell', handle } }, onEvent: (event: ConsumerEvent) => events.push(event) },
      });
      const owners = 'SELECT DISTINCT owner FROM message_group WHERE topic = ? AND owner IS NOT NULL';
      await until(async () => (await database.query(owners, ['many'])).length === 2);
      await transport.publish([{ ...message('1'), topic: 'many' }]);
      await until(() => ran === 1);
      await sleep(2000);
      await other.stop();
      expect(events.filter(({ kind }) => kind === 'stalled')).toEqual([]);
      expect(ran).toBe(1);
    }, open);
  });
});
