import { TablepickError } from 'tablepick';
import type { Transaction } from 'tablepick/database';
import {
  type MessageHandler,
  type WireMessage,
  createMessage,
  listDeadLetters,
  parkDeadLetters,
  runHandler,
} from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { type ConsumerScene, QUICK, message, replacing, until, withConsumerScene } from './support/consumer-scene.js';
import { testServers } from './support/servers.js';

describe.each(testServers())('a consumer on $name', (server) => {
  const play = (work: (scene: ConsumerScene) => Promise<void>) => withConsumerScene(server, work);

  it('does not handle a copy of a message that was parked while it waited in line', async () => {
    await play(async ({ database, transport, start, events }) => {
      let effects = 0;
      let isPatched = false;
      await transport.publish([message('1', {}, 'one'), message('1', {}, 'one'), message('1', {}, 'after')]);
      await start(
        async ({ id }) => {
          if (id === 'one' && !isPatched) throw new RangeError('no');
          effects += 1;
        },
        {
          retry: { ...QUICK, attempts: 4, baseMs: 150, capMs: 150 },
          onEvent: (event) => {
            events.push(event);
            if (event.kind !== 'dead') return;
            isPatched = true;
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

  it('does not count it as a failure of the message that its retry topic is away', async () => {
    await play(async ({ database, transport, start }) => {
      let isAway = true;
      let tries = 0;
      const away = replacing(transport, 'publish', async (messages: readonly WireMessage[]) => {
        if (isAway) throw new TablepickError('TRANSPORT_UNAVAILABLE', 'away', { retriable: true });
        return transport.publish(messages);
      });
      await transport.publish([message('1', {}, 'a')]);
      const fail = async (): Promise<void> => {
        tries += 1;
        if (tries === 5) isAway = false;
        throw new RangeError('no');
      };
      await start(fail, { transport: away, retry: { ...QUICK, kind: 'retry-topic' } });
      await until(async () => (await listDeadLetters(database)).length === 1);
      expect(await listDeadLetters(database)).toMatchObject([{ attempts: 3 }]);
      expect(tries).toBe(7);
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

  it('hands a message over as runHandler does, which notes it unless the handler has', async () => {
    await play(async ({ database }) => {
      const options = { database, group: 'shop' };
      const once: MessageHandler = { name: 'once', handle: async (_, context) => void (await context.once(write)) };
      const [first, second] = ['a', 'b'].map((id) =>
        createMessage({ id, type: 'Thing', key: '1', aggregate: 'things', data: {} }),
      );
      const write = (tx: Transaction) => tx.execute("INSERT INTO inbox VALUES ('effects', UUID(), NOW(6))");
      expect([await runHandler(once, first!, options), await runHandler(once, first!, options)]).toEqual([true, false]);
      const undone: MessageHandler = {
        name: 'undone',
        handle: async (_, { noteHandled, isHandled, signal, attempt, isLastAttempt }) => {
          const undoing = database.transaction(async (tx) => {
            await noteHandled(tx);
            throw new RangeError('undone');
          });
          await expect(undoing).rejects.toThrow('undone');
          const seen = { isHandled: await isHandled(), isAborted: signal.aborted, attempt, isLastAttempt };
          expect(seen).toEqual({ isHandled: false, isAborted: false, attempt: 1, isLastAttempt: false });
        },
      };
      expect(await runHandler(undone, second!, options)).toBe(true);
      const rows = await database.query('SELECT consumer_group AS g, COUNT(*) AS n FROM inbox GROUP BY 1 ORDER BY 1');
      expect(rows).toEqual([
        { g: 'effects', n: 1 },
        { g: 'shop', n: 2 },
      ]);
    });
  });
});
