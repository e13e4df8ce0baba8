import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, type Session, connect, migrate } from 'tablepick/database';
import {
  type WireMessage,
  appendToOutbox,
  cleanUp,
  createDatabaseTransport,
  createMemoryTransport,
  createMessage,
  encodeMessage,
  outboxStatements,
  startRelay,
} from 'tablepick/messaging';
import { describe, expect, it, vi } from 'vitest';

import { explainingClaims } from './support/explaining-claims.js';
import { withMigratedDatabase } from './support/migrated-database.js';
import { testServers, withTestDatabase } from './support/servers.js';

const draft = (key: string, data: unknown = {}) => ({ type: 'PaymentRequested', key, aggregate: 'payments', data });
const keysOf = (sent: readonly WireMessage[]) => sent.map(({ key }) => key);

/** A transport that keeps what it is given, and says how often. */
function collector() {
  const sent: WireMessage[] = [];
  const publish = async (messages: readonly WireMessage[]) => void sent.push(...messages);
  return { sent, transport: { publish } };
}

describe.each(testServers())('the outbox on $name', (server) => {
  const onFresh = (work: (database: Database) => Promise<void>) => withMigratedDatabase(server, work);
  const append = (database: Database, ...keys: string[]) =>
    database.transaction((tx) =>
      appendToOutbox(
        tx,
        keys.map((key) => draft(key)),
      ),
    );

  async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 20_000; !(await isThere());) {
      if (Date.now() > deadline) throw new Error('it did not come about');
      await sleep(5);
    }
  }

  it('sends what was committed, with its envelope, and nothing that was rolled back', async () => {
    await onFresh(async (database) => {
      const { sent, transport } = collector();
      const relay = startRelay({ database, transport });
      const failing = database.transaction(async (tx) => {
        await appendToOutbox(tx, [draft('rolled-back')]);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await database.transaction((tx) => appendToOutbox(tx, [{ ...draft('7', { money: '₩' }), traceparent }]));
      await until(() => sent.length > 0);
      expect(sent).toHaveLength(1);
      expect(sent[0]).toMatchObject({
        topic: 'payments',
        key: '7',
        value: '{"money":"₩"}',
        headers: { type: 'PaymentRequested', aggregate: 'payments', schemaVersion: '1', attempt: '1', traceparent },
      });
      expect(sent[0]!.headers.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(Math.abs(Date.parse(sent[0]!.headers.occurredAt!) - Date.now())).toBeLessThan(60_000);
      await relay.stop();
      expect(await database.query('SELECT status FROM outbox')).toEqual([{ status: 'SENT' }]);
    });
  });

  it('is one statement for the messages of a whole batch, and several when they are long', () => {
    const many = Array.from({ length: 1000 }, (_, n) => draft(String(n)));
    expect(outboxStatements(many)).toHaveLength(1);
    const long = Array.from({ length: 5 }, (_, n) => draft(String(n), 'x'.repeat(900_000)));
    expect(outboxStatements(long).length).toBeGreaterThan(1);
    expect(outboxStatements([])).toEqual([]);
  });

  it('refuses what could not be sent before anything is written', async () => {
    await onFresh(async (database) => {
      const appending = (wrong: object) =>
        database.transaction((tx) => appendToOutbox(tx, [draft('1'), { ...draft('2'), ...wrong }]));
      await expect(appending({ data: 'x'.repeat(1_100_000) })).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
      await expect(appending({ data: undefined })).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
      await expect(appending({ key: 'a key' })).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
      await expect(appending({ aggregate: '' })).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
      expect(await database.query('SELECT seq FROM outbox')).toEqual([]);
    });
  });

  it('loses no message of a transaction that commits after later ones were sent', async () => {
    await onFresh(async (database) => {
      const { sent, transport } = collector();
      const relay = startRelay({ database, transport });
      await database.transaction(async (tx) => {
        await appendToOutbox(tx, [draft('early')]);
        await append(database, 'late');
        await until(() => sent.length === 1);
      });
      await until(() => sent.length === 2);
      expect(keysOf(sent)).toEqual(['late', 'early']);
      await relay.stop();
    });
  });

  it('is sent in order per key by several relays at once, each message once while none of them dies', async () => {
    await onFresh(async (database) => {
      const { sent, transport } = collector();
      const relays = [1, 2, 3].map(() => startRelay({ database, transport, batchRows: 7 }));
      const appended: string[] = [];
      for (let n = 0; n < 300; n += 1) {
        const key = `key-${n % 10}`;
        await database.transaction((tx) => appendToOutbox(tx, [draft(key, n)]));
        appended.push(`${key} ${n}`);
      }
      await until(() => sent.length >= 300);
      await Promise.all(relays.map((relay) => relay.stop()));
      const of = (all: readonly string[], key: string) => all.filter((each) => each.startsWith(`${key} `));
      const got = sent.map(({ key, value }) => `${key} ${value}`);
      expect(got).toHaveLength(300);
      for (let k = 0; k < 10; k += 1) expect(of(got, `key-${k}`)).toEqual(of(appended, `key-${k}`));
    });
  });

  it('is sent again after a failure of the transport, and none of it is marked before', async () => {
    await onFresh(async (database) => {
      const sent: WireMessage[] = [];
      let failures = 3;
      const publish = async (messages: readonly WireMessage[]) => {
        if ((failures -= 1) >= 0) throw new Error('away');
        sent.push(...messages);
      };
      const events: string[] = [];
      await append(database, '1', '2', '3');
      const relay = startRelay({
        database,
        transport: { publish },
        workers: 1,
        onEvent: ({ kind }) => events.push(kind),
      });
      await until(() => sent.length === 3);
      await relay.stop();
      expect(events.filter((kind) => kind === 'failed')).toHaveLength(3);
      expect(keysOf(sent).sort()).toEqual(['1', '2', '3']);
    });
  });

  it('puts what the transport refuses for good with the dead letters, and goes on', async () => {
    await onFresh(async (database) => {
      const transport = createMemoryTransport();
      await transport.createTopics([{ topic: 'payments', partitions: 1 }]);
      await database.transaction((tx) =>
        appendToOutbox(tx, [draft('1'), { ...draft('2'), aggregate: 'nowhere' }, draft('3')]),
      );
      const relay = startRelay({ database, transport });
      await until(async () => (await database.query("SELECT 1 FROM outbox WHERE status = 'PENDING'")).length === 0);
      await relay.stop();
      const dead = await database.query(
        'SELECT consumer_group AS `group`, message_key AS `key`, reason, handler FROM dead_letter',
      );
      expect(dead).toEqual([{ group: '', key: '2', reason: 'UNKNOWN_TOPIC', handler: 'relay' }]);
      expect(await transport.lag('anybody', ['payments'])).toEqual([{ topic: 'payments', partition: 0, lag: 2 }]);
    });
  });

  it('costs at most two queries a second while nothing happens', async () => {
    await onFresh(async (database) => {
      let statements = 0;
      const counted = (session: Session): Session => ({
        ...session,
        query: (...args) => ((statements += 1), session.query(...args)),
        execute: (...args) => ((statements += 1), session.execute(...args)),
      });
      const watched: Database = {
        ...database,
        query: (...args) => ((statements += 1), database.query(...args)),
        // BEGIN and COMMIT count, too.
        transaction: (work, options) =>
          database.transaction(
            (tx) => ((statements += 2), work({ ...counted(tx), afterCommit: tx.afterCommit })),
            options,
          ),
      };
      const relay = startRelay({ database: watched, transport: collector().transport });
      await sleep(1000);
      statements = 0;
      await sleep(4000);
      await relay.stop();
      expect(statements).toBeGreaterThan(0);
      expect(statements).toBeLessThanOrEqual(8);
    });
  });

  // A relay that is not behind claims what waits in all lanes; one that is takes of each lane its oldest.
  it.each([
    { name: 'all', batchRows: 1000, rowsBy: 'ix_outbox_claim', lanesApart: 0 },
    { name: 'alike', batchRows: 100, rowsBy: 'PRIMARY', lanesApart: 16 },
  ])('is claimed by its index, in its order, however many were sent: $name', async (given) => {
    const { batchRows, rowsBy, lanesApart } = given;
    await onFresh(async (database) => {
      const rows = Array.from({ length: 3000 }, (_, n) => draft(`key-${n}`));
      await database.transaction((tx) => appendToOutbox(tx, rows));
      await database.session((session) => session.execute("UPDATE outbox SET status = 'SENT' WHERE seq <= 2900"));
      const { sent, transport } = collector();
      const { watched, plans } = explainingClaims(database, server.name);
      const relay = startRelay({ database: watched, transport, batchRows, workers: 1 });
      await vi.waitFor(() => expect(sent).toHaveLength(100), 10_000);
      await relay.stop();
      const plan = plans[0]!;
      const alone = { key: 'ix_outbox_claim', Extra: expect.stringContaining('Using index') as unknown };
      expect(plan.filter(({ table }) => table === 'o')).toMatchObject([{ key: rowsBy }]);
      expect(plan.filter(({ table }) => table === 'outbox')).toMatchObject(Array(lanesApart).fill(alone));
      expect(plan.map(({ Extra }) => String(Extra)).join('; ')).not.toMatch(/filesort|Using temporary/);
    });
  });

  it('has the columns that the outbox event router of Debezium reads', async () => {
    await onFresh(async (database) => {
      await append(database, '7');
      const [row] = await database.query('SELECT id, aggregatetype, aggregateid, type, payload FROM outbox');
      expect(row).toEqual({
        id: expect.any(String),
        aggregatetype: 'payments',
        aggregateid: '7',
        type: 'PaymentRequested',
        payload: '{}',
      });
    });
  });

  it('loses no message of its transport that a group has not read, however old', async () => {
    await onFresh(async (database) => {
      const transport = createDatabaseTransport({ database, leaseMs: 1000 });
      await transport.createTopics([{ topic: 'payments', partitions: 1 }]);
      const publish = (count: number) =>
        transport.publish(Array.from({ length: count }, (_, n) => encodeMessage(createMessage(draft(String(n))))));
      await publish(40);
      await database.session((session) => session.execute('UPDATE message SET published_at = NOW(6) - INTERVAL 8 DAY'));
      await publish(5);
      const offsets: bigint[] = [];
      const subscription = await transport.subscribe({
        group: 'slow',
        topics: ['payments'],
        onBatch: async ({ messages, assignment }) => {
          offsets.push(...messages.map(({ offset }) => offset));
          await assignment.commit(25n);
        },
      });
      await until(() => offsets.length === 45);
      await subscription.stop();
      const clean = async () => (await cleanUp(database, { stepRows: 10, pauseMs: 0 })).messages;
      expect(await clean()).toBe(25);
      expect(await transport.lag('slow', ['payments'])).toEqual([{ topic: 'payments', partition: 0, lag: 20 }]);
      // A group that has read something of the topic counts on partitions of which it has read nothing.
      await database.session((session) =>
        session.execute('UPDATE message_group SET committed_offset = 0, owner = NULL, lease_until = NULL'),
      );
      await database.session((session) =>
        session.execute(
          "INSERT INTO message_group (consumer_group, topic, partition_no, committed_offset) VALUES ('slow', 'payments', 7, 3)",
        ),
      );
      expect(await clean()).toBe(0);
      await database.session((session) => session.execute('DELETE FROM message_group'));
      expect(await clean()).toBe(15);
      expect(await database.query('SELECT COUNT(*) AS n FROM message')).toEqual([{ n: 5 }]);
    });
  });

  it('is cleaned whatever the clock of one of its writers said', async () => {
    await onFresh(async (database) => {
      await append(database, ...Array.from({ length: 50 }, (_, n) => String(n)));
      const set = (sql: string) => database.session((session) => session.execute(sql));
      await set("UPDATE outbox SET status = 'SENT', occurred_at = NOW(6) - INTERVAL 8 DAY");
      await set('UPDATE outbox SET occurred_at = NOW(6) + INTERVAL 1 YEAR WHERE seq = 1');
      expect((await cleanUp(database, { stepRows: 10, pauseMs: 0 })).outbox).toBe(49);
    });
  });

  it('needs a pool in which a relay leaves a connection to others', async () => {
    await withTestDatabase(server, async ({ url }) => {
      const database = await connect({ url, poolSize: 3 });
      try {
        await migrate(database);
        const transport = createDatabaseTransport({ database });
        await transport.createTopics([{ topic: 'payments', partitions: 2 }]);
        for (const [wrong, message] of [
          [{ workers: 3 }, /pool of 3/],
          [{ batchRows: 0 }, /batchRows is 0/],
        ] as const) {
          const refused = { code: 'BAD_OPTION', message: expect.stringMatching(message) as string };
          expect(() => startRelay({ database, transport, ...wrong })).toThrow(expect.objectContaining(refused));
        }
        await append(database, ...Array.from({ length: 200 }, (_, n) => String(n)));
        const relay = startRelay({ database, transport });
        await until(async () => (await database.query("SELECT 1 FROM outbox WHERE status = 'PENDING'")).length === 0);
        await relay.stop();
      } finally {
        await database.close();
      }
    });
  });

  it('is cleaned of what was sent long ago, in steps, and of nothing else', async () => {
    await onFresh(async (database) => {
      await append(database, ...Array.from({ length: 250 }, (_, n) => String(n)));
      const set = (sql: string) => database.session((session) => session.execute(sql));
      await set("UPDATE outbox SET occurred_at = NOW(6) - INTERVAL 8 DAY, status = 'SENT' WHERE seq <= 200");
      await set("UPDATE outbox SET status = 'PENDING' WHERE seq = 17");
      await set(
        "INSERT INTO inbox (consumer_group, message_id, handled_at) VALUES ('g', 'old', NOW(6) - INTERVAL 8 DAY), ('g', 'new', NOW(6))",
      );
      expect(await cleanUp(database, { stepRows: 30, pauseMs: 0 })).toEqual({ outbox: 199, inbox: 1, messages: 0 });
      expect(await database.query('SELECT COUNT(*) AS n FROM outbox')).toEqual([{ n: 51 }]);
      expect(await cleanUp(database, { stepRows: 30, pauseMs: 0 })).toEqual({ outbox: 0, inbox: 0, messages: 0 });
    });
  });
});
