import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from 'tablepick';
import type { Transaction } from 'tablepick/database';
import {
  type BatchHandler,
  type ConsumerOptions,
  type Message,
  createMessage,
  listDeadLetters,
  runBatch,
  startConsumer,
} from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { type ConsumerScene, gate, message, replacing, until, withConsumerScene } from './support/consumer-scene.js';
import { testServers } from './support/servers.js';

const INSERT = 'INSERT INTO sold (message_id, message_key) VALUES ';

/** Writes a row for each new message. The server refuses the row of a key that is too long. */
async function sellAll(tx: Transaction, newOnes: readonly Message[]): Promise<void> {
  const rows = newOnes.map(() => '(?, ?)').join(', ');
  await tx.execute(
    `${INSERT}${rows}`,
    newOnes.flatMap(({ id, key }) => [id, key]),
  );
}

const draft = (key: string, id: string): Message =>
  createMessage({ type: 'Thing', key, aggregate: 'things', data: {}, id });

describe.each(testServers())('a batch handler on $name', (server) => {
  interface BatchScene extends ConsumerScene {
    /** Ids in the order of their rows. */
    sold(): Promise<string[]>;
    /** Ids of the batches that were begun. */
    batches: string[][];
    startBatches(handler?: Partial<BatchHandler>, more?: Partial<ConsumerOptions>): Promise<void>;
  }

  const play = (work: (scene: BatchScene) => Promise<void>) =>
    withConsumerScene(server, async (scene) => {
      const { database } = scene;
      const make =
        'CREATE TABLE sold (place INT AUTO_INCREMENT PRIMARY KEY, message_id CHAR(64) NOT NULL, message_key VARCHAR(8) NOT NULL)';
      await database.session((session) => session.execute(make));
      const sold = async (): Promise<string[]> =>
        (await database.query<{ id: string }>('SELECT message_id AS id FROM sold ORDER BY place')).map(({ id }) => id);
      const batches: string[][] = [];
      const sell: BatchHandler = {
        name: 'sell all',
        handleBatch: async (messages, { once }) => {
          batches.push(messages.map(({ id }) => id));
          await once(sellAll);
        },
      };
      const startBatches: BatchScene['startBatches'] = (handler = {}, more = {}) =>
        scene.start(() => Promise.resolve(), { handlers: { Thing: { ...sell, ...handler } }, ...more });
      await work({ ...scene, sold, batches, startBatches });
    });

  const isDone = async ({ transport }: ConsumerScene): Promise<boolean> =>
    (await transport.lag('shop', ['things'])).every(({ lag }) => lag === 0);

  it('gets all that is there in one transaction, the messages of a key in order, each once', async () => {
    await play(async (scene) => {
      const { transport, sold, batches, startBatches, events } = scene;
      const ids = Array.from({ length: 300 }, (_, place) => `m${place}`);
      const wires = ids.map((id, place) => message(`k${place % 7}`, {}, id));
      await transport.publish([...wires, ...wires.slice(0, 10)]);
      await startBatches();
      await until(() => isDone(scene));
      const rows = await sold();
      expect(rows.toSorted()).toEqual(ids.toSorted());
      for (const key of [0, 1, 2, 3, 4, 5, 6]) {
        const ofKey = rows.map((id) => Number(id.slice(1))).filter((place) => place % 7 === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
      expect(batches.length).toBeLessThan(10);
      expect(events.filter(({ kind }) => kind === 'handled')).toHaveLength(300);
    });
  });

  it('takes no more at once than it may', async () => {
    await play(async (scene) => {
      const { transport, sold, batches, startBatches } = scene;
      await transport.publish(Array.from({ length: 50 }, (_, place) => message(`k${place}`)));
      await startBatches({}, { mostPerBatch: 20 });
      await until(() => isDone(scene));
      expect(await sold()).toHaveLength(50);
      expect(Math.max(...batches.map(({ length }) => length))).toBe(20);
    });
  });

  it('is halved down to the message that the server refuses, and later ones of that key wait for it', async () => {
    await play(async (scene) => {
      const { database, transport, sold, startBatches } = scene;
      const wires = Array.from({ length: 64 }, (_, place) => message(`k${place}`, {}, `m${place}`));
      await transport.publish([
        ...wires.slice(0, 30),
        message('far-too-long', {}, 'bad'),
        message('far-too-long', {}, 'behind'),
        ...wires.slice(30),
      ]);
      await startBatches();
      await until(() => isDone(scene));
      expect(await sold()).toHaveLength(64);
      const letters = await listDeadLetters(database);
      expect(letters.map(({ messageId, attempts }) => [messageId, attempts]).toSorted()).toEqual([
        ['bad', 1],
        ['behind', 1],
      ]);
    });
  });

  it('fails one message, before or within its transaction, and handles the others', async () => {
    await play(async (scene) => {
      const { database, transport, sold, startBatches } = scene;
      const wrong = new TablepickError('BAD_MESSAGE', 'it is wrong', { hint: 'none' });
      await transport.publish([
        message('a', {}, 'a1'),
        message('b', {}, 'early'),
        message('c', {}, 'late'),
        message('c', {}, 'c2'),
        message('b', {}, 'b2'),
      ]);
      await startBatches({
        handleBatch: async (messages, { once, fail }) => {
          for (const each of messages) if (each.id === 'early') fail(each, wrong);
          await once(async (tx, newOnes) => {
            for (const each of newOnes) if (each.id === 'late') fail(each, wrong);
            await sellAll(tx, newOnes);
          });
        },
      });
      await until(() => isDone(scene));
      expect((await sold()).toSorted()).toEqual(['a1', 'b2', 'c2']);
      expect((await listDeadLetters(database)).map(({ messageId }) => messageId).toSorted()).toEqual(['early', 'late']);
    });
  });

  it('is told which are new when some were handled before, also within a transaction of its own', async () => {
    await play(async ({ database, sold }) => {
      const run = { database, group: 'shop' };
      const sell: BatchHandler = { name: 'sell', handleBatch: async (_, { once }) => void (await once(sellAll)) };
      const own: BatchHandler = {
        name: 'own',
        handleBatch: (_, { noteHandled }) =>
          database.transaction(async (tx) => {
            const newOnes = await noteHandled(tx);
            if (newOnes.length > 0) await sellAll(tx, newOnes);
          }),
      };
      await runBatch(sell, [draft('a', 'one')], run);
      const some = await runBatch(own, [draft('b', 'two'), draft('a', 'one'), draft('b', 'two')], run);
      expect([...some]).toEqual([
        ['two', { kind: 'handled' }],
        ['one', { kind: 'duplicate' }],
      ]);
      const none = await runBatch(sell, [draft('a', 'one'), draft('b', 'two')], run);
      expect([...none.values()]).toEqual([{ kind: 'duplicate' }, { kind: 'duplicate' }]);
      expect(await sold()).toEqual(['one', 'two']);
    });
  });

  it('whose COMMIT is not answered takes effect once', async () => {
    await play(async (scene) => {
      const { database, transport, sold, startBatches } = scene;
      let isLost = false;
      const losing = replacing(database, 'transaction', async (work, options) => {
        const result = await database.transaction(work, options);
        if (isLost || (await sold()).length === 0) return result;
        isLost = true;
        throw new TablepickError('COMMIT_UNKNOWN', 'nobody answered', { hint: 'read it' });
      });
      await transport.publish(Array.from({ length: 20 }, (_, place) => message(`k${place}`)));
      await startBatches({}, { database: losing });
      await until(() => isDone(scene));
      expect(isLost).toBe(true);
      expect(await sold()).toHaveLength(20);
      expect(await listDeadLetters(database)).toEqual([]);
    });
  });

  it('is prepared for each message at once; those that hang or fail hold up nobody else', async () => {
    await play(async (scene) => {
      const { database, transport, sold, startBatches } = scene;
      const hanging = gate();
      const prepared: string[] = [];
      await transport.publish(Array.from({ length: 12 }, (_, place) => message(`k${place}`, {}, `m${place}`)));
      await startBatches({
        prepare: async ({ id }) => {
          if (id === 'm3') await hanging.opened;
          if (id === 'm5') throw new RangeError('no answer');
          prepared.push(id);
          return `answer to ${id}`;
        },
        handleBatch: async (messages, { once, prepared: answerTo }) => {
          for (const each of messages) expect(answerTo(each)).toBe(`answer to ${each.id}`);
          await once(sellAll);
        },
      });
      await until(async () => (await sold()).length === 10);
      await until(async () => (await listDeadLetters(database)).length === 1);
      expect(await sold()).not.toContain('m3');
      hanging.open();
      await until(() => isDone(scene));
      expect(await sold()).toHaveLength(11);
      expect(new Set(prepared).size).toBe(prepared.length);
    });
  });

  it('mixes with handlers of single messages, whose keys keep their order', async () => {
    await play(async (scene) => {
      const { database, transport, sold, startBatches, stop } = scene;
      const wires = Array.from({ length: 90 }, (_, place) => {
        const wire = message(`k${place % 3}`, {}, `m${place}`);
        return place % 2 === 0 ? wire : { ...wire, headers: { ...wire.headers, type: 'Single' } };
      });
      await transport.publish(wires);
      const sell: BatchHandler = { name: 'sell', handleBatch: async (_, { once }) => void (await once(sellAll)) };
      const handlers = {
        Thing: sell,
        Single: {
          name: 'single',
          handle: async (
            each: Message,
            { once }: { once(work: (tx: Transaction) => Promise<void>): Promise<unknown> },
          ) => void (await once((tx) => sellAll(tx, [each]))),
        },
      };
      await startBatches({}, { handlers });
      await until(() => isDone(scene));
      const rows = (await sold()).map((id) => Number(id.slice(1)));
      expect(rows).toHaveLength(90);
      for (const key of [0, 1, 2]) {
        const ofKey = rows.filter((place) => place % 3 === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
      await stop();
      expect(await listDeadLetters(database)).toEqual([]);
    });
  });

  it('that is stopped in a batch handles it once, here or there', async () => {
    await play(async (scene) => {
      const { database, transport, sold, startBatches, stop } = scene;
      const inside = gate();
      await transport.publish(Array.from({ length: 30 }, (_, place) => message(`k${place}`)));
      await startBatches({
        handleBatch: async (_, { once }) => {
          await once(async (tx, newOnes) => {
            inside.open();
            await sleep(50);
            await sellAll(tx, newOnes);
          });
        },
      });
      await inside.opened;
      await stop();
      const sell: BatchHandler = { name: 'sell', handleBatch: async (_, { once }) => void (await once(sellAll)) };
      await using other = await startConsumer({
        database,
        transport,
        group: 'shop',
        topics: ['things'],
        handlers: { Thing: sell },
      });
      expect(other).toBeDefined();
      await until(() => isDone(scene));
      expect(await sold()).toHaveLength(30);
    });
  });
});
