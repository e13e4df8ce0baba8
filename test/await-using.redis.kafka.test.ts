import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Database, connect, migrate } from 'tablepick/database';
import {
  type DisposableTransport,
  type Subscription,
  type Transport,
  createDatabaseTransport,
  createKafkaTransport,
  createMemoryTransport,
  keepCleaning,
  startConsumer,
  startRelay,
  withTopicPrefix,
} from 'tablepick/messaging';
import { createSmtpMailer, notificationTopics, startNotifications } from 'tablepick/notifications';
import { createHttpGateway, keepSettling, sagaTopics, startPayments } from 'tablepick/payments';
import { keepReconciling } from 'tablepick/reconcile';
import { connectRedis } from 'tablepick/redis';
import { createReservations, keepExpiring } from 'tablepick/reservations';
import { acquireSandbox, sandboxReset, sandboxStatus } from 'tablepick/sandbox';
import { recordSaga, startReservationSide } from 'tablepick/saga';
import { startSlotWorker } from 'tablepick/slots';
import { startFaultProxy } from 'tablepick/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { askKafka } from './support/kafka-clients.js';
import { startMailServer } from './support/mail-server.js';
import {
  type TestDatabase,
  createTestDatabase,
  testKafka,
  testKafkaUrl,
  testRedis,
  testServer,
} from './support/servers.js';

type Closable = AsyncDisposable & Partial<Record<'close' | 'stop' | 'release', () => Promise<void> | void>>;

let schema: TestDatabase;
let database: Database;
const gateway = createHttpGateway({ url: 'http://127.0.0.1:9' });

beforeAll(async () => {
  schema = await createTestDatabase(testServer('mysql'));
  database = await connect({ url: schema.url, poolSize: 24 });
  await migrate(database);
  await migrate(database, { owner: 'payment' });
});

afterAll(async () => {
  await database.close();
  await schema.drop();
});

/** Opens a thing, ends it by `await using`, and then again by its own name and once more. */
async function useOnce<Thing extends Closable>(
  open: () => Promise<Thing> | Thing,
  work: (thing: Thing) => Promise<unknown> | void = () => {},
): Promise<Thing> {
  const opened = await open();
  {
    await using thing = opened;
    await work(thing);
  }
  return opened;
}

async function endAgain(thing: Closable): Promise<void> {
  await (thing.close ?? thing.stop ?? thing.release)!.call(thing);
  await thing[Symbol.asyncDispose]();
}

async function isListening(port: number): Promise<boolean> {
  const socket = connectSocket(port, '127.0.0.1');
  const isOpen = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isOpen;
}

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !isSo(); await sleep(5)) {
    if (Date.now() > deadline) throw new Error('it did not come about');
  }
}

async function untilMore(calls: readonly string[], length: number): Promise<void> {
  await until(() => calls.length > length).catch(() => expect(calls).toHaveLength(length + 1));
}

describe('await using closes a handle', () => {
  it('of a database, whose calls are refused afterwards', async () => {
    const handle = await useOnce(
      () => connect({ url: schema.url }),
      (open) => open.query('SELECT 1'),
    );
    await expect(handle.query('SELECT 1')).rejects.toThrow(/closed/);
    await endAgain(handle);
  });

  it('of reservations', async () => {
    const reservations = await useOnce(
      () => createReservations({ database }),
      (open) => open.expireDue(),
    );
    await expect(reservations.expireDue()).rejects.toThrow(/closed/);
    await endAgain(reservations);
  });

  it('of Redis', async () => {
    const redis = await useOnce(
      () => connectRedis({ url: testRedis() }),
      (open) => open.command(['PING']),
    );
    await expect(redis.command(['PING'])).rejects.toMatchObject({ code: 'REDIS_FAILED' });
    await endAgain(redis);
  });

  it('of a provider', async () => {
    const provider = await useOnce(() => createHttpGateway({ url: 'http://127.0.0.1:9' }));
    await expect(provider.find(1)).rejects.toMatchObject({ code: 'ABORTED' });
    await endAgain(provider);
  });

  it('of a mail server', async () => {
    const server = await startMailServer();
    const mail = {
      to: 'g@example.test',
      from: 'us@example.test',
      subject: 's',
      text: 't',
      messageId: '<1@example.test>',
    };
    const mailer = await useOnce(
      () => createSmtpMailer({ url: server.url }),
      (open) => open.send(mail),
    );
    expect(server.taken).toHaveLength(1);
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'MAIL_FAILED' });
    await endAgain(mailer);
    await server.stop();
  });

  it('of a private server', async () => {
    const options = { engine: 'redis', instance: `await-using-${process.pid}` } as const;
    const sandbox = await useOnce(
      () => acquireSandbox(options),
      ({ port }) => isListening(port),
    );
    expect((await sandboxStatus(options)).state).toBe('stopped');
    await endAgain(sandbox);
    await sandboxReset(options);
  });

  it('of a proxy', async () => {
    const target = { host: '127.0.0.1', port: Number(new URL(schema.url).port) };
    const proxy = await useOnce(
      () => startFaultProxy({ target }),
      async ({ port }) => {
        expect(await isListening(port)).toBe(true);
      },
    );
    expect(await isListening(proxy.port)).toBe(false);
    await endAgain(proxy);
  });
});

describe('await using closes a transport and its subscriptions', () => {
  const topic = `await-using-${randomBytes(6).toString('hex')}`;
  const transports: [string, () => DisposableTransport][] = [
    ['memory', () => createMemoryTransport()],
    ['database', () => createDatabaseTransport({ database })],
    ['kafka', () => createKafkaTransport({ ...testKafka() })],
    ['with a prefix', () => withTopicPrefix(createMemoryTransport(), 'mine.')],
  ];

  afterAll(() => askKafka(testKafkaUrl(), (admin) => admin.deleteTopics({ topics: [topic] })));

  it.each(transports)('%s', async (_, open) => {
    const message = { topic, key: 'k', value: '1', headers: {} };
    const transport = await useOnce(open, async (opened) => {
      await opened.createTopics([{ topic, partitions: 1 }]);
      await opened.publish([message]);
      const wanted = { group: `${topic}-group`, topics: [topic], onBatch: async () => {} };
      const subscription = await useOnce(
        () => opened.subscribe(wanted),
        (subscribed) => until(() => subscribed.holds().length === 1),
      );
      expect(subscription.holds()).toEqual([]);
      await endAgain(subscription);
    });
    await expect(transport.publish([message])).rejects.toThrow();
    await endAgain(transport);
  });
});

describe('await using stops a service', () => {
  const services: [string, (transport: Transport) => Promise<Closable>][] = [
    [
      'startConsumer',
      (transport) => startConsumer({ database, transport, group: 'g', topics: ['payments'], handlers: {} }),
    ],
    ['startPayments', (transport) => startPayments({ database, transport, gateway })],
    [
      'startReservationSide',
      (transport) => {
        const reservations = createReservations({ database, recordChanges: recordSaga() });
        return startReservationSide({ database, reservations, transport });
      },
    ],
    [
      'startNotifications',
      (transport) => {
        const mailer = { send: async () => {}, close: async () => {} };
        const [from, recipient] = ['us@example.test', () => 'guest@example.test'];
        return startNotifications({ database, transport, mailer, from, recipient });
      },
    ],
    ['startSlotWorker', (transport) => startSlotWorker({ database, transport, workers: 1 })],
  ];

  it.each(services)('%s', async (_, start) => {
    const memory = createMemoryTransport();
    await memory.createTopics([...sagaTopics(1), ...notificationTopics(1)]);
    const subscriptions: Subscription[] = [];
    const subscribe: Transport['subscribe'] = async (options) => {
      const subscription = await memory.subscribe(options);
      subscriptions.push(subscription);
      return subscription;
    };
    const held = (): number => subscriptions.flatMap((each) => each.holds()).length;
    const service = await useOnce(
      () => start({ ...memory, subscribe }),
      () => expect(held()).toBeGreaterThan(0),
    );
    expect(held()).toBe(0);
    await endAgain(service);
    await memory.close();
  });
});

describe('await using ends what is repeated', () => {
  const works: [string, (over: Database) => Closable][] = [
    ['startRelay', (over) => startRelay({ database: over, transport: createMemoryTransport(), pollMs: 5 })],
    ['keepCleaning', (over) => keepCleaning(over, { everyMs: 5 })],
    ['keepSettling', (over) => keepSettling({ database: over, gateway, everyMs: 5 })],
    ['keepExpiring', (over) => keepExpiring(createReservations({ database: over }), { everyMs: 5 })],
    [
      'keepReconciling',
      (over) => {
        const reservations = createReservations({ database: over });
        return keepReconciling({ reservationDatabase: over, paymentDatabase: over, reservations, everyMs: 5 });
      },
    ],
  ];

  it.each(works)('%s', async (_, start) => {
    const [first, second] = [noting(database), noting(database)];
    const work = await useOnce(
      () => start(first.database),
      () => untilMore(first.calls, 5),
    );
    const { length } = first.calls;
    await useOnce(
      () => start(second.database),
      () => untilMore(second.calls, length),
    );
    expect(first.calls).toHaveLength(length);
    await endAgain(work);
  });
});

/** The same database, which notes its calls. */
function noting(inner: Database): { database: Database; calls: string[] } {
  const calls: string[] = [];
  const noted: Database = {
    ...inner,
    query: (...words) => (calls.push(words[0]), inner.query(...words)),
    session: (...words) => (calls.push('session'), inner.session(...words)),
    transaction: (...words) => (calls.push('transaction'), inner.transaction(...words)),
  };
  return { database: noted, calls };
}
