import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from 'tablepick';
import { type Database, connect, migrate } from 'tablepick/database';
import {
  type ConsumerEvent,
  type PartitionAssignment,
  type Transport,
  createDatabaseTransport,
  startConsumer,
} from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { type ConsumerScene, gate, message, replacing, until, withConsumerScene } from './support/consumer-scene.js';
import { startPrivateServer } from './support/private-server.js';
import { createTestDatabase, testServers, withConnection } from './support/servers.js';

const withSubscribe = (transport: Transport, subscribe: Transport['subscribe']): Transport =>
  replacing(transport, 'subscribe', subscribe);

/** The same transport, with each assignment changed once. */
function withAssignment(
  transport: Transport,
  change: (assignment: PartitionAssignment) => PartitionAssignment,
): Transport {
  const changed = new WeakMap<PartitionAssignment, PartitionAssignment>();
  return withSubscribe(transport, (options) =>
    transport.subscribe({
      ...options,
      onBatch: ({ assignment, messages }) => {
        if (!changed.has(assignment)) changed.set(assignment, change(assignment));
        return options.onBatch({ assignment: changed.get(assignment)!, messages });
      },
    }),
  );
}

const withQuery = (database: Database, around: (run: () => Promise<never[]>) => Promise<never[]>): Database =>
  replacing(database, 'query', (...args) => around(() => database.query(...args)));

describe.each(testServers())('a consumer that stops or stands still on $name', (server) => {
  const play = (work: (scene: ConsumerScene) => Promise<void>, open?: (database: Database) => Transport) =>
    withConsumerScene(server, work, open);

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

  it('notes what was done without its database although it is stopped meanwhile', async () => {
    await play(async ({ database, transport, start, stop, events }) => {
      const handling = gate();
      const finish = gate();
      await transport.publish([message('1', {}, 'mail')]);
      await start(async () => {
        handling.open();
        await finish.opened;
      });
      await handling.opened;
      const stopped = stop();
      finish.open();
      await stopped;
      expect(events.map(({ kind }) => kind)).toEqual(['handled']);
      expect(await database.query('SELECT message_id FROM inbox')).toHaveLength(1);
    });
  });

  it.each(['it is stopped', 'it loses the partition'])('begins nothing of a batch over which %s', async (what) => {
    await play(async ({ database, transport, start, stop, events }) => {
      const handled: string[] = [];
      const looking = gate();
      const answer = gate();
      let isStarted = false;
      const slow = withQuery(database, async (run) => {
        // Its tables were looked at before.
        if (!isStarted) return run();
        looking.open();
        await answer.opened;
        return run();
      });
      const lost = new AbortController();
      const losing = withAssignment(transport, (assignment) => {
        return { ...assignment, signal: AbortSignal.any([assignment.signal, lost.signal]) };
      });
      const handle = async ({ id }: { id: string }) => void handled.push(id);
      await start(handle, { database: slow, transport: losing, watchdogMs: 100 });
      isStarted = true;
      await transport.publish([message('1', {}, 'a')]);
      await looking.opened;
      const stopped = what === 'it is stopped' ? stop() : undefined;
      lost.abort();
      answer.open();
      if (stopped === undefined) await until(() => events.some(({ kind }) => kind === 'stalled'));
      await stop();
      expect(handled).toEqual([]);
      await start(handle);
      await until(() => handled.length === 1);
    });
  });

  it('that stands still and cannot subscribe at once subscribes as soon as it can', async () => {
    await play(async ({ transport, start, events }) => {
      let subscribed = 0;
      const moody = withSubscribe(transport, async (options) => {
        subscribed += 1;
        if (subscribed === 1) return transport.subscribe({ ...options, onBatch: async () => {} });
        if (subscribed < 4) throw new TablepickError('TRANSPORT_UNAVAILABLE', 'away', { retriable: true });
        return transport.subscribe(options);
      });
      await transport.publish([message('1', {}, 'a')]);
      const handled: string[] = [];
      await start(async ({ id }) => void handled.push(id), { transport: moody, watchdogMs: 100 });
      await until(() => events.some(({ kind }) => kind === 'handled'));
      expect(handled).toEqual(['a']);
      expect(events.map(({ kind }) => kind)).toEqual(['stalled', 'failed', 'failed', 'handled']);
    });
  });

  it('commits again what could not be committed', async () => {
    await play(async ({ transport, start }) => {
      let commits = 0;
      const failing = withAssignment(transport, (assignment) => ({
        ...assignment,
        commit: async (offset) => {
          commits += 1;
          if (commits < 3) throw new TablepickError('CONNECTION_LOST', 'away', { retriable: true });
          return assignment.commit(offset);
        },
      }));
      await transport.publish([message('1', {}, 'a')]);
      await start(async () => {}, { transport: failing });
      await until(async () => (await transport.lag('shop', ['things'])).every(({ lag }) => lag === 0));
      expect(commits).toBe(3);
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
        database,
        transport,
        group: 'shop',
        topics: ['many'],
        watchdogMs: 300,
        concurrency: 1,
        handlers: { Thing: { name: 'sell', handle } },
        onEvent: (event: ConsumerEvent) => events.push(event),
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

it('a consumer stops within seconds although its database has gone', async () => {
  const server = await startPrivateServer('mariadb');
  try {
    const { url } = await createTestDatabase(server);
    const database = await connect({ url, poolSize: 12 });
    await migrate(database);
    const transport = createDatabaseTransport({ database });
    await transport.createTopics([{ topic: 'things', partitions: 6 }]);
    const handlers = { Thing: { name: 'sell', handle: async () => {} } };
    const consumer = await startConsumer({ database, transport, group: 'shop', topics: ['things'], handlers });
    await server.kill();
    const stopped = consumer.stop().then(() => 'stopped');
    expect(await Promise.race([stopped, sleep(30_000, 'still there', { ref: false })])).toBe('stopped');
    await transport.close();
    await database.close();
  } finally {
    await server.remove();
  }
});
