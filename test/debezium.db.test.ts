import { connect, migrate } from 'tablepick/database';
import {
  type ConsumerEvent,
  appendToOutbox,
  cleanUp,
  createDatabaseTransport,
  createMessage,
  encodeMessage,
  startRelay,
} from 'tablepick/messaging';
import { type PaymentGateway, paymentTopic, reservationTopic, sagaEvent, startPayments } from 'tablepick/payments';
import { describe, expect, it } from 'vitest';

import { withMigratedDatabase } from './support/migrated-database.js';
import { withReconcileScene } from './support/reconcile-scene.js';
import { expectOneClearLine, jsonOf, runCli } from './support/run-cli.js';
import { testServers } from './support/servers.js';

const OLD = `INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, occurred_at)
  VALUES ('x', 'payments', '1', 'PaymentSucceeded', '{}', UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)`;
const draft = (key: string, occurredAt = new Date()) => ({ type: 'T', key, aggregate: 'a', data: {}, occurredAt });

describe.each(testServers())('an outbox on $name that Debezium relays', (server) => {
  it('has no message that waits, for reconcile and for outbox status', async () => {
    await withReconcileScene(server, async (scene) => {
      await scene.paymentSql(OLD);
      const places = ['--url', scene.urls.reservations, '--payment-url', scene.urls.payments];
      const told = await runCli(['reconcile', ...places]);
      expect([told.code, told.stdout]).toEqual([3, expect.stringContaining('a relay must run')]);
      expect((await scene.run()).ok).toBe(false);
      const debezium = [...places, '--relay', 'debezium'];
      const agreed = await runCli(['reconcile', '--fix', ...debezium]);
      expect([agreed.code, agreed.stdout]).toEqual([0, expect.not.stringContaining('a relay must run')]);
      expect((await scene.run({ relayedBy: 'debezium' })).ok).toBe(true);
      expect(await scene.paymentSql('SELECT status FROM outbox')).toEqual([{ status: 'PENDING' }]);

      const usual = await runCli(['outbox', 'status', ...places]);
      expect(usual.stdout).toContain('payment: 1 pending, the oldest 1');
      const status = await runCli(['outbox', 'status', ...debezium]);
      expect(status.stdout).toContain('payment: 1 rows; which of them Debezium has sent, only its own lag tells');
      const services = jsonOf(await runCli(['outbox', 'status', '--json', ...debezium])).services as object[];
      expect(services.map((each) => (each as { relayedBy: string }).relayedBy)).toEqual(['debezium', 'debezium']);
      for (const words of [['reconcile'], ['outbox', 'status']])
        expectOneClearLine(await runCli([...words, ...places, '--relay', 'kafka']), 2, /--relay/);
    });
  });

  it('is cleaned by age only where that is asked for, and never beside a relay', async () => {
    await withMigratedDatabase(server, async (database) => {
      const long = new Date(Date.now() - 8 * 86_400_000);
      await database.transaction((tx) =>
        appendToOutbox(tx, [draft('old', long), draft('older', long), draft('young')]),
      );
      expect((await cleanUp(database)).outbox).toBe(0);
      const options = { database, transport: { publish: async () => {} }, cleanUp: { relayedBy: 'debezium' } } as const;
      expect(() => startRelay(options)).toThrow(/may not clean up an outbox that Debezium relays/);
      expect((await cleanUp(database, { relayedBy: 'debezium' })).outbox).toBe(2);
      expect(await database.query('SELECT aggregateid AS id FROM outbox')).toEqual([{ id: 'young' }]);
    });
  });

  it('is left alone by a service that is told so', async () => {
    await withMigratedDatabase(server, async (carrier, url) => {
      const database = await connect({ url, poolSize: 20 });
      await migrate(database, { owner: 'payment' });
      const transport = createDatabaseTransport({ database: carrier });
      await transport.createTopics([reservationTopic, paymentTopic].map((topic) => ({ topic, partitions: 1 })));
      await database.transaction((tx) => appendToOutbox(tx, [draft('1')]));
      let tell: () => void = () => {};
      const isHandled = new Promise<void>((resolve) => (tell = resolve));
      const consumer = { onEvent: ({ kind }: ConsumerEvent) => void (kind === 'handled' && tell()) };
      const gateway = {} as PaymentGateway;
      const service = await startPayments({ database, transport, gateway, consumer, relayedBy: 'debezium' });
      const about = { reservationId: 7, restaurantId: 1, memberId: 1, partySize: 1, slotIds: [1] };
      const created = sagaEvent('ReservationCreated', { ...about, amount: 1, currency: 'KRW' });
      await transport.publish([encodeMessage(createMessage(created))]);
      await isHandled;
      await service.stop();
      const rows = await database.query<{ status: string }>('SELECT status FROM outbox');
      expect(rows.map(({ status }) => status)).toEqual(['PENDING', 'PENDING']);
      await transport.close();
      await database.close();
    });
  });
});
