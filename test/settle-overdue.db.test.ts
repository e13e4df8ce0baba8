import { setTimeout as sleep } from 'node:timers/promises';

import { TablepickError } from 'tablepick';
import { keepSettling, settleOverdue } from 'tablepick/payments';
import { describe, expect, it } from 'vitest';

import { providerOf, saidOf, withPaymentScene } from './support/payment-scene.js';
import { testServers } from './support/servers.js';

const away = (): Promise<never> =>
  Promise.reject(new TablepickError('GATEWAY_UNAVAILABLE', 'away', { retriable: true }));

describe.each(testServers())('a look-up of what is overdue on $name', (server) => {
  it('settles as the provider says, and looks again at refunds that failed lately', async () => {
    await withPaymentScene(server, async ({ database, put, stateOf }) => {
      const cases = [
        ['READY', 'approved', 'PAID PaymentSucceeded'],
        ['READY', 'cancel-refused', 'PAID PaymentSucceeded'],
        ['READY', 'declined', 'FAILED PaymentFailed'],
        ['READY', 'pending', 'READY'],
        ['REFUNDING', 'cancelled', 'REFUNDED PaymentRefunded'],
        ['REFUNDING', 'cancel-refused', 'REFUND_FAILED RefundFailed'],
        ['REFUNDING', 'approved', 'REFUNDING'],
        ['REFUND_FAILED', 'cancelled', 'REFUNDED PaymentRefunded'],
        ['REFUND_FAILED', 'cancel-refused', 'REFUND_FAILED'],
      ] as const;
      for (const [index, [status]] of cases.entries()) await put(index + 1, status);
      await put(99, 'REFUND_FAILED', 100_000);
      const find = (id: number) => Promise.resolve(saidOf(id, cases[id - 1]?.[1] ?? 'cancelled'));
      expect(await settleOverdue({ database, gateway: providerOf({ find }) })).toBe(6);
      for (const [index, [, , end]] of cases.entries()) expect([index, await stateOf(index + 1)]).toEqual([index, end]);
      expect(await stateOf(99)).toBe('REFUND_FAILED');
    });
  });

  it('does nothing with a payment of another amount, tells it, and goes on', async () => {
    await withPaymentScene(server, async ({ database, put, stateOf }) => {
      for (const id of [1, 2]) await put(id, 'READY');
      const find = (id: number) => Promise.resolve(saidOf(id, 'approved', id === 1 ? 9000 : 10_000));
      const settling = settleOverdue({ database, gateway: providerOf({ find }) });
      await expect(settling).rejects.toMatchObject({
        code: 'PAYMENT_MISMATCH',
        message: 'looking it up: the provider says of the payment of reservation 1 what it was not asked for',
      });
      expect(await database.query('SELECT reason FROM payment_mismatch')).toEqual([
        { reason: 'expected 10000 KRW, the provider says 9000 KRW' },
      ]);
      expect([await stateOf(1), await stateOf(2)]).toEqual(['READY', 'PAID PaymentSucceeded']);
    });
  });

  it('goes on behind one that fails, and begins no more after five in a row', async () => {
    await withPaymentScene(server, async ({ database, put, stateOf }) => {
      for (let id = 1; id <= 29; id += 1) await put(id, 'READY', 4000 - id);
      await put(30, 'REFUNDING');
      const errors: unknown[] = [];
      const find = (id: number) => (id < 4 ? away() : Promise.resolve(saidOf(id, id < 30 ? 'approved' : 'cancelled')));
      const settle = (gateway: ReturnType<typeof providerOf>, limit: number) =>
        settleOverdue({ database, gateway, limit, onError: (error) => errors.push(error) });
      expect(await settle(providerOf({ find }), 6)).toBe(4);
      expect([errors.length, await stateOf(30)]).toEqual([3, 'REFUNDED PaymentRefunded']);
      const gateway = providerOf({ find: away });
      // Sixteen are asked for at once.
      expect([await settle(gateway, 500), gateway.asked.length]).toEqual([0, 16]);
    });
  });

  it('comes to all of them round by round, however many of the oldest fail', async () => {
    await withPaymentScene(server, async ({ database, put, stateOf }) => {
      for (let id = 1; id <= 20; id += 1) await put(id, 'READY', id <= 12 ? 4000 : 3000);
      const find = (id: number) => (id <= 12 ? away() : Promise.resolve(saidOf(id, 'approved')));
      const settling = keepSettling({
        database,
        gateway: providerOf({ find }),
        limit: 7,
        everyMs: 10,
        onError: () => {},
      });
      try {
        const deadline = Date.now() + 20_000;
        while ((await stateOf(20)) === 'READY' && Date.now() < deadline) await sleep(20);
        expect(await stateOf(20)).toBe('PAID PaymentSucceeded');
      } finally {
        await settling.stop();
      }
    });
  });
});
