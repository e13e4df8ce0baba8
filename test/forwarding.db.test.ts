import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect, migrate } from 'tablepick/database';
import {
  type RelayEvent,
  type Transport,
  type WireMessage,
  appendToOutbox,
  createDatabaseTransport,
  listDeadLetters,
  startRelay,
  withTopicPrefix,
} from 'tablepick/messaging';
import { describe, expect, it } from 'vitest';

import { withMigratedDatabase } from './support/migrated-database.js';
import { testServers, withTestDatabase } from './support/servers.js';

const PARTITIONS = 3;
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const draft = (key: string, data: unknown = {}) => ({ type: 'SeatTaken', key, aggregate: 'seats', data });

interface Stored {
  topic: string;
  partitionNo: number;
  messageOffset: number;
  key: string;
  headers: string;
  payload: string;
}

const STORED = `SELECT topic, partition_no AS partitionNo, message_offset AS messageOffset, message_key AS \`key\`, headers, payload
  FROM message ORDER BY topic, partition_no, message_offset`;

/** A transport around another one. Relays publish to it, because it makes no offer to forward. */
function publishing(transport: Transport) {
  const calls: WireMessage[] = [];
  const publish = async (messages: readonly WireMessage[]) => {
    calls.push(...messages);
    await transport.publish(messages);
  };
  return { calls, transport: { ...transport, publish } };
}

describe.each(testServers())('a relay on the server of its transport, $name', (server) => {
  const onFresh = (work: (database: Database) => Promise<void>) => withMigratedDatabase(server, work);

  async function relayAll(database: Database, transport: Pick<Transport, 'publish'>): Promise<RelayEvent[]> {
    const events: RelayEvent[] = [];
    const relay = startRelay({ database, transport, onEvent: (event) => events.push(event), cleanUp: false });
    for (const deadline = Date.now() + 20_000; ; await sleep(5)) {
      const [row] = await database.query<{ left: number }>(
        "SELECT COUNT(*) AS `left` FROM outbox WHERE status = 'PENDING'",
      );
      if (row!.left === 0) break;
      if (Date.now() > deadline) throw new Error(`${row!.left} rows still wait: ${JSON.stringify(events)}`);
    }
    await relay.stop();
    return events;
  }

  async function appendSamples(database: Database): Promise<void> {
    const printable = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place)).join('');
    const texts = ['Füße, 予約, 🍜 "\\\u0000/', '', ' \r\n\t', '予'.repeat(100_000)];
    await database.transaction((tx) =>
      appendToOutbox(tx, [
        ...texts.map((text, place) => draft(`k${place % 2}`, { text })),
        { ...draft('k"\\/'), id: printable.slice(0, 60) },
        { ...draft("it's"), id: printable.slice(60), traceparent, attempt: 3, schemaVersion: 12 },
        { ...draft('k0'), occurredAt: new Date('2030-01-02T03:04:05.006Z') },
        ...Array.from({ length: 60 }, (_, number) => draft(`k${number % 7}`, { number })),
      ]),
    );
  }

  it('stores byte for byte what a relay that publishes stores', async () => {
    await onFresh(async (database) => {
      const transport = createDatabaseTransport({ database });
      await transport.createTopics([{ topic: 'seats', partitions: PARTITIONS }]);
      await appendSamples(database);
      const around = publishing(transport);
      await relayAll(database, around.transport);
      const published = await database.query<Stored>(STORED);
      expect(around.calls).toHaveLength(67);
      await database.transaction(async (tx) => {
        await tx.execute('DELETE FROM message');
        await tx.execute('UPDATE message_partition SET next_offset = 0');
        await tx.execute("UPDATE outbox SET status = 'PENDING'");
      });
      const [event, ...others] = await relayAll(database, transport);
      expect([event, others]).toMatchObject([{ kind: 'sent', messages: 67 }, []]);
      expect(byKey(await database.query<Stored>(STORED))).toEqual(byKey(published));
      await expectGapFree(database);
      await transport.close();
    });
  });

  it('keeps the order of each key over many batches and two relays, and repeats nothing', async () => {
    await onFresh(async (database) => {
      const transport = createDatabaseTransport({ database });
      await transport.createTopics([{ topic: 'seats', partitions: PARTITIONS }]);
      const relays = [1, 2].map(() => startRelay({ database, transport, batchRows: 7, cleanUp: false }));
      for (let first = 0; first < 300; first += 10) {
        const drafts = Array.from({ length: 10 }, (_, place) => draft(`k${(first + place) % 7}`, first + place));
        await database.transaction((tx) => appendToOutbox(tx, drafts));
      }
      await relayAll(database, transport);
      for (const relay of relays) await relay.stop();
      const stored = await database.query<Stored>(STORED);
      const numbers = stored.map(({ payload }) => Number(payload)).sort((left, right) => left - right);
      expect(numbers).toEqual(Array.from({ length: 300 }, (_, number) => number));
      for (const payloads of Object.values(byKey(stored))) {
        const ofKey = payloads.map(({ payload }) => Number(payload));
        expect(ofKey).toEqual(ofKey.toSorted((left, right) => left - right));
      }
      await expectGapFree(database);
      await transport.close();
    });
  });

  it('stores nothing when the connection is killed between the copy and the COMMIT, and all of it afterwards', async () => {
    await onFresh(async (database) => {
      const transport = createDatabaseTransport({ database });
      await transport.createTopics([{ topic: 'seats', partitions: PARTITIONS }]);
      await database.transaction((tx) => appendToOutbox(tx, [draft('a', 1), draft('a', 2), draft('b', 3)]));
      let kills = 0;
      const killing: Database = {
        ...database,
        transaction: (work, options) =>
          database.transaction(async (tx) => {
            const execute: typeof tx.execute = async (sql, values) => {
              const result = await tx.execute(sql, values);
              if (sql.startsWith('UPDATE outbox') && kills++ === 0) {
                expect(await tx.query('SELECT 1 FROM message')).toHaveLength(3);
                await database.query(`KILL ${tx.connectionId}`);
              }
              return result;
            };
            return work({ ...tx, execute });
          }, options),
      };
      const events = await relayAll(killing, transport);
      expect(kills).toBe(2);
      expect(events).toMatchObject([{ kind: 'failed' }, { kind: 'sent', messages: 3 }]);
      const stored = await database.query<Stored>(STORED);
      expect(stored.map(({ payload }) => payload).sort()).toEqual(['1', '2', '3']);
      await expectGapFree(database);
      await transport.close();
    });
  });

  it('makes dead letters of messages without a topic or too large, and sends the others', async () => {
    await onFresh(async (database) => {
      const transport = createDatabaseTransport({ database });
      await transport.createTopics([{ topic: 'seats', partitions: PARTITIONS }]);
      await database.transaction(async (tx) => {
        await appendToOutbox(tx, [
          draft('a', 1),
          { ...draft('a', 2), aggregate: 'nowhere' },
          draft('a', 3),
          draft('b', 4),
        ]);
        await tx.execute(
          "UPDATE outbox SET payload = CONCAT('\"', REPEAT('x', 1000000), '\"') WHERE aggregateid = 'b'",
        );
      });
      const events = await relayAll(database, transport);
      expect(events.map(({ kind }) => kind).sort()).toEqual(['refused', 'refused', 'sent']);
      const letters = await listDeadLetters(database);
      expect(letters.map(({ reason, key }) => `${reason} ${key}`).sort()).toEqual([
        'MESSAGE_TOO_LARGE b',
        'UNKNOWN_TOPIC a',
      ]);
      expect((await database.query<Stored>(STORED)).map(({ payload }) => payload)).toEqual(['1', '3']);
      await transport.close();
    });
  });

  it('forwards into the schema of another service, with a prefix before the topics', async () => {
    await onFresh((database) =>
      onFresh(async (elsewhere) => {
        const inner = createDatabaseTransport({ database: elsewhere });
        const transport = withTopicPrefix(inner, 'mine.');
        await transport.createTopics([{ topic: 'seats', partitions: PARTITIONS }]);
        await database.transaction((tx) => appendToOutbox(tx, [draft('a', 1)]));
        await relayAll(database, transport);
        const stored = await elsewhere.query<Stored>(STORED);
        expect(stored).toMatchObject([{ topic: 'mine.seats', key: 'a', payload: '1' }]);
        expect(JSON.parse(stored[0]!.headers)).toMatchObject({ aggregate: 'seats', type: 'SeatTaken' });
        expect(await database.query('SELECT 1 FROM message')).toEqual([]);
        await inner.close();
      }),
    );
  });

  it('publishes when its user may not write where the messages are', async () => {
    await withTestDatabase(server, async ({ url }) => {
      await onFresh(async (elsewhere) => {
        const database = await connect({ url });
        await migrate(database);
        const transport = createDatabaseTransport({ database: elsewhere });
        await transport.createTopics([{ topic: 'seats', partitions: 1 }]);
        await database.transaction((tx) => appendToOutbox(tx, [draft('a', 1)]));
        const user = `'relay${Date.now()}'@'%'`;
        await elsewhere.query(`CREATE USER ${user} IDENTIFIED BY 'Secret-1'`);
        await elsewhere.query(`GRANT ALL ON \`${database.server.database}\`.* TO ${user}`);
        const limited = new URL(url);
        [limited.username, limited.password] = [user.split("'")[1]!, 'Secret-1'];
        const narrow = await connect({ url: limited.href });
        await relayAll(narrow, transport);
        expect(await elsewhere.query<Stored>(STORED)).toMatchObject([{ payload: '1' }]);
        await narrow.close();
        await elsewhere.query(`DROP USER ${user}`);
        await database.close();
        await transport.close();
      });
    });
  });
});

function byKey(stored: readonly Stored[]): Record<string, Stored[]> {
  const messages: Record<string, Stored[]> = {};
  for (const message of stored) (messages[message.key] ??= []).push({ ...message, messageOffset: 0 });
  return messages;
}

async function expectGapFree(database: Database): Promise<void> {
  const stored = await database.query<Stored>(STORED);
  const ends = await database.query<{ partitionNo: number; nextOffset: number }>(
    'SELECT partition_no AS partitionNo, next_offset AS nextOffset FROM message_partition',
  );
  for (const { partitionNo, nextOffset } of ends) {
    const offsets = stored.filter((each) => each.partitionNo === partitionNo).map(({ messageOffset }) => messageOffset);
    expect(offsets).toEqual(Array.from({ length: nextOffset }, (_, offset) => offset));
  }
}
