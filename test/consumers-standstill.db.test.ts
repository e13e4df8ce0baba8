import type { Database } from 'tablepick/database';
import { type PartitionAssignment, type Transport, createDatabaseTransport, startConsumer } from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { type ConsumerScene, gate, message, replacing, until, withConsumerScene } from './support/consumer-scene.js';
import { testServers } from './support/servers.js';

const LEASE_MS = 1000;

/** A handle whose next question for the members of a group, once armed, waits for `first`. */
interface Standstill {
  database: Database;
  /** Resolves when such a question waits. */
  arm(first: () => Promise<void>): Promise<void>;
}

function standstillOf(database: Database): Standstill {
  let armed: (() => Promise<void>) | undefined;
  const query: Database['query'] = async (sql, ...more) => {
    const first = String(sql).includes('FROM message_member') ? armed : undefined;
    if (first !== undefined) {
      armed = undefined;
      await first();
    }
    return database.query(sql, ...more);
  };
  const arm = (first: () => Promise<void>): Promise<void> => {
    const waiting = gate();
    armed = () => (waiting.open(), first());
    return waiting.opened;
  };
  return { database: replacing(database, 'query', query), arm };
}

/** The whole process stands still, for longer than a lease. */
function standStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LEASE_MS * 1.5);
}

/** Notes every assignment of a partition that comes although the one before has not ended. */
function watchAssignments(transport: Transport): {
  watched: Transport;
  all: Set<PartitionAssignment>;
  early: string[];
} {
  const all = new Set<PartitionAssignment>();
  const early: string[] = [];
  const watched = replacing(transport, 'subscribe', (options) =>
    transport.subscribe({
      ...options,
      onBatch: (batch) => {
        const { topic, partition } = batch.assignment;
        const others = [...all].filter((other) => other !== batch.assignment && other.partition === partition);
        if (others.some(({ signal }) => !signal.aborted)) early.push(`${topic}/${partition}`);
        all.add(batch.assignment);
        return options.onBatch(batch);
      },
    }),
  );
  return { watched, all, early };
}

const isDone = async (transport: Transport, topic: string): Promise<boolean> =>
  (await transport.lag('shop', [topic])).every(({ lag }) => lag === 0);

describe.each(testServers())('a consumer whose process stands still on $name', (server) => {
  const play = (work: (scene: ConsumerScene, standstill: Standstill) => Promise<void>) => {
    let standstill: Standstill | undefined;
    const open = (database: Database): Transport => {
      standstill = standstillOf(database);
      return createDatabaseTransport({ database: standstill.database, leaseMs: LEASE_MS });
    };
    return withConsumerScene(server, (scene) => work(scene, standstill!), open);
  };

  it('for longer than its lease goes on with its partition and handles each message once, in order', async () => {
    await play(async ({ transport, start, stop, events }, standstill) => {
      const handled: string[] = [];
      const { watched, all, early } = watchAssignments(transport);
      await start(async ({ id }) => void handled.push(id), { transport: watched });
      await transport.publish([message('1', {}, 'a')]);
      await until(() => handled.length === 1);
      for (const ids of ['bc', 'de']) {
        await standstill.arm(async () => standStill());
        await transport.publish([...ids].map((id) => message('1', {}, id)));
        await until(() => isDone(transport, 'things'));
      }
      await stop();
      expect(handled).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(early).toEqual([]);
      expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['handled']));
      expect([...all].every(({ signal }) => signal.aborted)).toBe(true);
    });
  });

  it('while another one of its group leaves takes what is free and no partition twice', async () => {
    await play(async ({ database, transport, start, events }, standstill) => {
      await transport.createTopics([{ topic: 'many', partitions: 2 }]);
      const handled: string[] = [];
      const handle = async ({ id }: { id: string }): Promise<void> => void handled.push(id);
      const { watched, early } = watchAssignments(transport);
      await start(handle, { transport: watched, topics: ['many'] });
      const other = await startConsumer({
        database,
        transport: createDatabaseTransport({ database, leaseMs: LEASE_MS }),
        group: 'shop',
        topics: ['many'],
        handlers: { Thing: { name: 'sell', handle } },
      });
      const owners = 'SELECT DISTINCT owner FROM message_group WHERE topic = ? AND owner IS NOT NULL';
      await until(async () => (await database.query(owners, ['many'])).length === 2);
      const left = gate();
      const asking = standstill.arm(async () => {
        await left.opened;
        standStill();
      });
      await asking;
      await other.stop();
      left.open();
      const keys = ['1', '2', '3', '4', '5', '6', '7', '8'];
      await transport.publish(keys.map((key) => ({ ...message(key, {}, key), topic: 'many' })));
      await until(() => isDone(transport, 'many'));
      expect(handled.toSorted()).toEqual(keys);
      expect(early).toEqual([]);
      expect(events.filter(({ kind }) => kind !== 'handled')).toEqual([]);
    });
  });

  it('and loses a partition and gets it again does so when the batch under way has ended', async () => {
    await play(async ({ database, transport }) => {
      await transport.createTopics([{ topic: 'many', partitions: 2 }]);
      const publish = () =>
        transport.publish(['1', '2', '3', '4', '5', '6', '7', '8'].map((key) => ({ ...message(key), topic: 'many' })));
      const held = gate();
      const came: PartitionAssignment[] = [];
      const subscription = await transport.subscribe({
        group: 'shop',
        topics: ['many'],
        onBatch: async ({ assignment }) => {
          came.push(assignment);
          if (came.length === 1) await held.opened;
        },
      });
      await publish();
      await until(() => came.length > 0);
      const [{ partition, signal }] = came as [PartitionAssignment];
      const again = (): PartitionAssignment[] => came.filter((each) => each.partition === partition).slice(1);
      const others = (): number => came.length - 1 - again().length;
      const lose = 'UPDATE message_group SET owner = NULL, lease_until = NULL WHERE topic = ? AND partition_no = ?';
      await database.transaction((tx) => tx.execute(lose, ['many', partition]));
      await until(() => signal.aborted);
      await until(() => subscription.holds().length === 2);
      for (let round = 0; round < 3; round += 1) {
        const before = others();
        await publish();
        await until(() => others() > before);
      }
      expect(again(), 'nothing comes while the batch of the lost one is under way').toEqual([]);
      held.open();
      await until(() => again().length > 0);
      await subscription.stop();
    });
  });

  it('and gets a second assignment before the first one ends subscribes anew although it is busy', async () => {
    await withConsumerScene(server, async ({ database, transport, start, events }) => {
      await database.session((session) => session.execute('CREATE TABLE sold (id CHAR(1))'));
      const held = gate();
      let subscribed = 0;
      // Its first subscription hands out an assignment for each batch, and ends none.
      const breaking = replacing(transport, 'subscribe', (options) => {
        subscribed += 1;
        const { signal } = new AbortController();
        if (subscribed > 1) return transport.subscribe(options);
        return transport.subscribe({
          ...options,
          onBatch: ({ assignment, messages }) => options.onBatch({ assignment: { ...assignment, signal }, messages }),
        });
      });
      await transport.publish([message('1', {}, 'a')]);
      let begun = 0;
      await start(
        async ({ id }, { once }) => {
          begun += 1;
          if (id === 'a') await held.opened;
          await once((tx) => tx.execute('INSERT INTO sold VALUES (?)', [id]));
        },
        { transport: breaking, watchdogMs: 100 },
      );
      await until(() => begun === 1);
      await transport.publish([message('2', {}, 'b'), message('1', {}, 'c')]);
      await until(() => events.some(({ kind }) => kind === 'handled')).finally(held.open);
      await until(() => isDone(transport, 'things'));
      const sold = await database.query<{ id: string }>('SELECT id FROM sold');
      expect(sold.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
      expect(events).toContainEqual(expect.objectContaining({ kind: 'stalled' }));
      expect(subscribed).toBe(2);
    });
  });
});
