import type { Database } from 'tablepick/database';
import { appendToOutbox, createMemoryTransport, startConsumer, startRelay } from 'tablepick/messaging';
import { type PaymentGateway, receiveCallback, signCallback, startPayments } from 'tablepick/payments';
import { reconcile } from 'tablepick/reconcile';
import { createReservations } from 'tablepick/reservations';
import { recordSaga, retrySaga, startReservationSide } from 'tablepick/saga';
import { startPaymentServer } from 'tablepick/servers';
import { describe, expect, it } from 'vitest';

import { watchedHandle, runAll } from './support/altered-tables.js';
import { withMigratedDatabase } from './support/migrated-database.js';
import { withPaymentScene } from './support/payment-scene.js';
import { testServers } from './support/servers.js';

const gateway = {} as PaymentGateway;
const transport = createMemoryTransport();
const onError = (): void => {};

/** A callback about a payment that is not there yet. */
function callBack(database: Database): Promise<string> {
  const body = JSON.stringify({
    kind: 'payment',
    state: 'approved',
    reservationId: 1,
    providerId: 'pay_1',
    amount: 10_000,
    currency: 'KRW',
  });
  return receiveCallback({ database, secret: 's' }, { body, signature: signCallback(body, 's', new Date()) });
}

const PAYMENT_MISFITS: [change: string, found: string, repair: RegExp][] = [
  ['ALTER TABLE payment MODIFY amount BIGINT NULL', 'column amount of table payment may be NULL', /MODIFY|IS NULL/],
  ['DROP TABLE payment_mismatch', 'table payment_mismatch is missing', /init --payment/],
  ['ALTER TABLE payment_history ENGINE = MyISAM', 'table payment_history has the engine MyISAM', /ENGINE = InnoDB/],
];

describe.each(testServers())('tables that do not fit, on $name', (server) => {
  it.each(PAYMENT_MISFITS)('keep the payment service from starting: %s', async (change, found, repair) => {
    await withPaymentScene(server, async ({ database }) => {
      await runAll(database, change);
      const refused = {
        message: expect.stringContaining(found) as string,
        hint: expect.stringMatching(repair) as string,
      };
      await expect(startPayments({ database, transport, gateway })).rejects.toMatchObject(refused);
      await expect(startPaymentServer({ database, secret: 's', onError })).rejects.toMatchObject(refused);
      await expect(callBack(database)).rejects.toMatchObject(refused);
    });
  });

  it('keep the reservation side from starting, an operator from acting, and reconcile from judging', async () => {
    await withMigratedDatabase(server, async (database) => {
      await withPaymentScene(server, async ({ database: payments }) => {
        const reservations = createReservations({ database, recordChanges: recordSaga() });
        await runAll(database, 'ALTER TABLE compensation MODIFY state VARCHAR(5) NOT NULL');
        const refused = { code: 'TABLE_UNFIT', message: expect.stringContaining('column state of table compensation') };
        await expect(startReservationSide({ database, reservations, transport })).rejects.toMatchObject(refused);
        const operation = { reservationId: 1, operator: 'me', note: 'again' };
        await expect(retrySaga(database, operation)).rejects.toMatchObject(refused);
        const both = { reservationDatabase: database, paymentDatabase: payments, reservations };
        await expect(reconcile(both)).rejects.toMatchObject(refused);
        await reservations.close();
      });
      await runAll(database, 'ALTER TABLE inbox ENGINE = MyISAM');
      const consumer = { database, transport, group: 'g', topics: ['orders'], handlers: {} };
      await expect(startConsumer(consumer)).rejects.toMatchObject({ code: 'TABLE_UNFIT' });
    });
  });

  it('keep a relay from sending until they are repaired, and it tells why', async () => {
    await withMigratedDatabase(server, async (database) => {
      await transport.createTopics([{ topic: 'orders', partitions: 1 }]);
      await database.transaction((tx) => appendToOutbox(tx, [{ type: 'T', key: '1', aggregate: 'orders', data: {} }]));
      await runAll(database, 'ALTER TABLE outbox_lane ENGINE = MyISAM');
      const relay = await new Promise<{ stop(): Promise<void> }>((resolve) => {
        const started = startRelay({
          database,
          transport,
          onEvent: (event) => {
            if (event.kind === 'failed' && String(event.error).includes('outbox_lane has the engine')) resolve(started);
          },
        });
      });
      const pending = () => database.query("SELECT 1 FROM outbox WHERE status = 'PENDING'");
      expect(await pending()).toHaveLength(1);
      await runAll(database, 'ALTER TABLE outbox_lane ENGINE = InnoDB');
      await expect.poll(pending, { timeout: 30_000 }).toEqual([]);
      await relay.stop();
    });
  });

  it('are looked for once for a handle, not for a callback', async () => {
    await withPaymentScene(server, async ({ database }) => {
      const asked: string[] = [];
      const handle = watchedHandle(database, (sql) => asked.push(sql));
      expect(await callBack(handle)).toBe('unknown-payment');
      expect(asked.length).toBeGreaterThan(0);
      const once = asked.length;
      expect(await callBack(handle)).toBe('unknown-payment');
      expect(asked).toHaveLength(once);
    });
  });
});
