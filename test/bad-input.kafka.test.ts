import { createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, migrate } from 'tablepick/database';
import {
  type Consumer,
  type ConsumerEvent,
  type DeadLetter,
  type WireMessage,
  MOST_VALUE_BYTES,
  appendToOutbox,
  createDatabaseTransport,
  createKafkaTransport,
  createMessage,
  encodeMessage,
  listDeadLetters,
  readDeadLetter,
  startConsumer,
  startRelay,
} from 'tablepick/messaging';
import { type PaymentGateway, readPayment, sagaEvent, sagaTopics, startPayments } from 'tablepick/payments';
import { checkInvariants, createReservations } from 'tablepick/reservations';
import { recordSaga } from 'tablepick/saga';
import { describe, expect, it } from 'vitest';

import { type Carrier, type MessagingFire, withMessagingFire } from './support/messaging-fire.js';
import { until } from './support/fire-judge.js';
import { freePort } from './support/free-port.js';
import { withReservationScene } from './support/reservation-scene.js';
import { testServer, testServers, withConnection } from './support/servers.js';

const carriers: Carrier[] = [
  { carrier: 'database', engine: 'mysql' },
  { carrier: 'database', engine: 'mariadb' },
  { carrier: 'kafka', engine: 'mysql' },
];
const LONG = 'x'.repeat(MOST_VALUE_BYTES + 1);

/** What foreign producers may send, by what a dead letter says of it. */
const BAD: Record<string, Partial<WireMessage>> = {
  'is no JSON': { value: '{"n": 1' },
  'its id is': { headers: { id: 'two words', type: 'Thing' } },
  // Alike as far as the column goes.
  'its id is "ll': { headers: { id: `${'l'.repeat(70)}1`, type: 'Thing' } },
  'its id is "lll': { headers: { id: `${'l'.repeat(70)}2`, type: 'Thing' } },
  'its type is': { headers: { id: 'no-type' } },
  'its key is': { key: 'ключ' },
  'its aggregate is': { headers: { id: 'bad-aggregate', type: 'Thing', aggregate: 'a b' } },
  'its schema version is': { headers: { id: 'bad-version', type: 'Thing', schemaVersion: '-1' } },
  'its attempt is': { headers: { id: 'bad-attempt', type: 'Thing', attempt: '1e99' } },
  'its occurred-at is no instant': { headers: { id: 'bad-time', type: 'Thing', occurredAt: 'soon' } },
  'knows no type Nothing': { headers: { id: 'unknown-type', type: 'Nothing' } },
  'knows no type constructor': { headers: { id: 'inherited-type', type: 'constructor' } },
  'has version 7, known is 1': { headers: { id: 'unknown-version', type: 'Thing', schemaVersion: '7' } },
  'Cannot destructure': { value: 'null', headers: { id: 'no-data', type: 'Thing' } },
};

describe.each(carriers)('a consumer of the $carrier with $engine', (carrier) => {
  it('puts aside what it cannot handle, says why, handles all the rest, and does so once', async () => {
    await withMessagingFire(carrier, async (fire) => {
      const events: ConsumerEvent[] = [];
      const wire = (n: number, more: Partial<WireMessage> = {}): WireMessage => {
        const message = createMessage({
          id: `good-${n}`,
          type: 'Thing',
          key: 'key',
          aggregate: fire.topic,
          data: { n },
        });
        return { ...encodeMessage(message), ...more };
      };
      const bad = Object.values(BAD).map((more, n) => wire(n, { headers: { id: `bad-${n}`, type: 'Thing' }, ...more }));
      await fire.transport.publish(bad.flatMap((each, n) => [wire(n), each]));
      let consumer = await consume(fire, events);
      await until('dead letters', async () => (await deadOf(fire)).length === bad.length, 30_000);
      await until('the rest', async () => (await effectsOf(fire)).length === bad.length, 30_000);
      await consumer.stop();
      const letters = new Map<string, DeadLetter>();
      for (const { id } of await deadOf(fire)) {
        const letter = await readDeadLetter(fire.database, id);
        letters.set(letter.headers!.id!, letter);
      }
      for (const [n, says] of Object.keys(BAD).entries()) {
        const letter = letters.get(bad[n]!.headers.id!);
        expect(letter).toMatchObject({
          error: expect.stringContaining(says),
          attempts: says === 'Cannot destructure' ? 2 : 1,
        });
      }
      expect(await effectsOf(fire)).toEqual(bad.map((_, n) => n));

      events.length = 0;
      consumer = await consume(fire, events);
      await fire.transport.publish([...bad, wire(bad.length)]);
      await until('one more', async () => (await effectsOf(fire)).length === bad.length + 1, 30_000);
      await consumer.stop();
      // Ids that no column holds cannot be looked up: their letters are written again.
      const again = events.filter(({ kind }) => kind === 'dead' || kind === 'failed');
      expect(again.every((event) => 'id' in event && /^(two words|l+\d)$/.test(event.id))).toBe(true);
      expect(await deadOf(fire)).toHaveLength(bad.length);
    });
  });

  it('is not reached by what is too long or goes nowhere, and messages behind that are sent', async () => {
    await withMessagingFire(carrier, async (fire) => {
      const { database, topic, url } = fire;
      const draft = (data: unknown) => ({ type: 'Thing', key: 'key', aggregate: topic, data });
      const append = (data: unknown) =>
        database.transaction((tx) => appendToOutbox(tx, [draft({ n: 0 }), draft(data)]));
      await expect(append(LONG)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', retriable: false });
      await expect(append(undefined)).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
      await expect(append(10n)).rejects.toThrow();
      expect(await database.query('SELECT seq FROM outbox')).toEqual([]);

      await insertForeign(url, { id: 'too-long', topic, payload: JSON.stringify(`${LONG}${LONG}`) });
      await insertForeign(url, { id: 'nowhere', topic: `${topic}-none`, payload: '{}' });
      await database.transaction((tx) => appendToOutbox(tx, [draft({ n: 1 }), draft({ n: 2 })]));
      const relay = startRelay({ database, transport: fire.transport, pollMs: 50, cleanUp: false });
      const consumer = await consume(fire, []);
      await until('the rest', async () => (await effectsOf(fire)).length === 2, 60_000);
      await relay.stop();
      await consumer.stop();
      const letters = await listDeadLetters(database, { group: '' });
      expect(letters.map(({ messageId, reason }) => [messageId, reason]).toSorted()).toEqual([
        ['nowhere', 'UNKNOWN_TOPIC'],
        ['too-long', 'MESSAGE_TOO_LARGE'],
      ]);
    });
  });
});

describe.each(testServers())('the payment service on $name', (server) => {
  it('charges nothing for money that is none, or a message about another reservation than its key says', async () => {
    await withReservationScene(server, { slots: 1, capacity: 10 }, async ({ database }) => {
      await migrate(database, { owner: 'payment' });
      const transport = createDatabaseTransport({ database, pollMs: 50 });
      await transport.createTopics(sagaTopics());
      const charged: number[] = [];
      const payments = await startPayments({ database, transport, gateway: approving(charged), relay: { pollMs: 50 } });
      const amounts = [-1, 0.5, 2 ** 53, 1e300, null, '100', undefined];
      const wrong = amounts.map((amount, n) => created(n + 1, { amount }));
      const misplaced = [created(50, { reservationId: 51 }), created(52, { reservationId: '52' })];
      await transport.publish([...wrong, created(20, { currency: 'won' }), ...misplaced, created(99, {})]);
      await until('the good one', async () => (await readPayment(database, 99))?.status === 'PAID', 30_000);
      const letters = async () => listDeadLetters(database, { group: 'payments' });
      await until('the dead letters', async () => (await letters()).length === amounts.length + 3, 30_000);
      const reasons = new Map((await letters()).map(({ key, reason }) => [key, reason]));
      expect([...reasons.values()].filter((reason) => reason === 'BAD_AMOUNT')).toHaveLength(amounts.length + 1);
      expect([reasons.get('50'), reasons.get('52')]).toEqual(['BAD_MESSAGE', 'BAD_MESSAGE']);
      expect((await letters()).every(({ attempts }) => attempts === 1)).toBe(true);
      expect(charged).toEqual([99]);
      await payments.stop();
      await transport.close();
    });
  });

  it('is not even asked when the price of a reservation is none: the seat is not taken', async () => {
    await withReservationScene(server, { slots: 1, capacity: 10 }, async ({ database }) => {
      let amount = 0;
      const recordChanges = recordSaga({ pricing: () => ({ amount, currency: 'KRW' }) });
      const reservations = createReservations({ database, recordChanges });
      const request = { slotId: 1, memberId: 1, partySize: 1, idempotencyKey: 'dear' };
      for (amount of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
        const call = reservations.reserve(request);
        await expect(call).rejects.toMatchObject({ code: 'BAD_AMOUNT', retriable: false });
      }
      amount = Number.MAX_SAFE_INTEGER;
      const end = await reservations.reserve(request);
      expect(end.kind).toBe('reserved');
      const rows = await database.query<{ payload: string }>('SELECT payload FROM outbox');
      expect(rows.map(({ payload }) => (JSON.parse(payload) as { amount: number }).amount)).toEqual([amount]);
      expect(await checkInvariants(database)).toMatchObject({ ok: true });
      await reservations.close();
    });
  });
});

describe('brokers', () => {
  it.each([[], [''], ['127.0.0.1'], ['127.0.0.1:0'], ['127.0.0.1:99999'], ['http://127.0.0.1:9092'], ['a:1', 'b:c']])(
    'that are no host:port are refused at once: %s',
    (...brokers) => {
      const code = expect.objectContaining({ code: 'BAD_OPTION', hint: expect.stringContaining('host:port') });
      expect(() => createKafkaTransport({ brokers })).toThrow(code as Error);
    },
  );

  it('that nobody is at, or another server, are told within seconds, with where they were looked for', async () => {
    const mysql = new URL(testServer('mysql').url);
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    for (const broker of [`127.0.0.1:${await freePort()}`, `127.0.0.1:${mysql.port || 3306}`, `127.0.0.1:${port}`]) {
      const transport = createKafkaTransport({ brokers: [broker] });
      const wire: WireMessage = { topic: 'things', key: 'key', value: '1', headers: {} };
      const began = performance.now();
      const failure = { code: 'TRANSPORT_UNAVAILABLE', retriable: true, hint: expect.stringContaining(broker) };
      const subscribing = transport.subscribe({ group: 'g', topics: ['things'], onBatch: () => Promise.resolve() });
      await Promise.all([
        expect(transport.publish([wire])).rejects.toMatchObject(failure),
        expect(subscribing).rejects.toMatchObject(failure),
        expect(transport.createTopics([{ topic: 'things', partitions: 1 }])).rejects.toMatchObject(failure),
      ]);
      expect(performance.now() - began, broker).toBeLessThan(15_000);
      await transport.close();
    }
    silent.close();
  });
});

function consume({ database, transport, group, topic }: MessagingFire, events: ConsumerEvent[]): Promise<Consumer> {
  const retry = { kind: 'blocking', attempts: 2, baseMs: 10, capMs: 10 } as const;
  return startConsumer({
    database,
    transport,
    group,
    topics: [topic],
    retry,
    onEvent: (event) => void events.push(event),
    handlers: {
      Thing: {
        name: 'write effect',
        handle: async ({ id, key, data }, { once: onlyOnce }) => {
          const { n } = data as { n: number };
          await onlyOnce(async (tx) => {
            await tx.execute('INSERT INTO effect (message_id, message_key, n) VALUES (?, ?, ?)', [id, key, n]);
          });
        },
      },
    },
  });
}

async function effectsOf({ database }: { database: Database }): Promise<number[]> {
  await sleep(50);
  const rows = await database.query<{ n: number }>('SELECT n FROM effect ORDER BY no');
  return rows.map(({ n }) => n);
}

function deadOf({ database, group }: MessagingFire): Promise<DeadLetter[]> {
  return listDeadLetters(database, { group });
}

/** As a program writes it that knows only the table. */
async function insertForeign(url: string, { id, topic, payload }: Record<'id' | 'topic' | 'payload', string>) {
  const sql = `INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload) VALUES (?, ?, 'key', 'Thing', ?)`;
  await withConnection(url, (connection) => connection.query(sql, [id, topic, payload]));
}

function created(id: number, more: object): WireMessage {
  const data = {
    reservationId: id,
    restaurantId: 1,
    memberId: 1,
    partySize: 1,
    slotIds: [1],
    amount: 100,
    currency: 'KRW',
  };
  const event = sagaEvent('ReservationCreated', data);
  return encodeMessage(createMessage({ ...event, id: `created-${id}`, data: { ...data, ...more } }));
}

function approving(charged: number[]): PaymentGateway {
  return {
    approve: async ({ reservationId, amount, currency }) => (
      charged.push(reservationId),
      { kind: 'approved', providerId: 'p', amount, currency }
    ),
    cancel: async () => ({ kind: 'cancelled', providerId: 'p' }),
    find: async () => undefined,
  };
}
