import { TablepickError } from 'tablepick';
import { type GatewayPayment, receiveCallback, settleOverdue, signCallback } from 'tablepick/payments';
import { describe, expect, it } from 'vitest';

import { messageOf, providerOf, saidOf, withPaymentScene } from './support/payment-scene.js';
import { testServers } from './support/servers.js';

const refused = (): Promise<never> => Promise.reject(new TablepickError('GATEWAY_REFUSED', 'answered 422'));
const silent = (): Promise<never> =>
  Promise.reject(new TablepickError('GATEWAY_UNAVAILABLE', 'no answer', { retriable: true }));
const takes =
  (amount: number, currency = 'KRW') =>
  () =>
    Promise.resolve({ kind: 'approved', providerId: 'pay_1', amount, currency } as const);
const finds = (found: GatewayPayment | undefined) => () => Promise.resolve(found);

describe.each(testServers())('the payment service on $name', (server) => {
  it.each([
    ['approved', saidOf(1, 'approved'), 'PAID PaymentSucceeded'],
    ['not given back', saidOf(1, 'cancel-refused'), 'PAID PaymentSucceeded'],
    ['declined', saidOf(1, 'declined'), 'FAILED PaymentFailed'],
    ['cancelled', saidOf(1, 'cancelled', 0), 'FAILED PaymentFailed'],
    ['pending', saidOf(1, 'pending'), 'READY'],
  ])('asks what became of a payment whose request is called wrong: %s', async (_word, known, end) => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'READY');
      const gateway = providerOf({ approve: refused, find: finds(known) });
      await scene.handle(messageOf('PaymentRequested', 1), gateway);
      expect([await scene.stateOf(1), gateway.asked]).toEqual([end, ['approve', 'find']]);
    });
  });

  it('fails a payment called wrong of which the provider never heard, once it can no longer be taken', async () => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'READY');
      const cancel = () => Promise.resolve({ kind: 'cancelled', providerId: 'pay_1' } as const);
      const gateway = providerOf({ approve: refused, find: finds(undefined), cancel });
      await scene.handle(messageOf('PaymentRequested', 1), gateway);
      expect([await scene.stateOf(1), gateway.asked]).toEqual(['FAILED PaymentFailed', ['approve', 'find', 'cancel']]);
      expect(await scene.database.query('SELECT provider_id AS name FROM payment')).toEqual([{ name: 'pay_1' }]);
    });
  });

  it.each([
    ['the look-up fails', { find: silent }],
    ['the look-up is called wrong, too', { find: refused }],
    ['it cannot be told to take nothing', { find: finds(undefined), cancel: silent }],
  ])('leaves a payment READY, to be tried again, while nobody knows: %s', async (_word, calls) => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'READY');
      const handled = scene.handle(messageOf('PaymentRequested', 1), providerOf({ approve: refused, ...calls }));
      await expect(handled).rejects.toMatchObject({ code: 'GATEWAY_UNAVAILABLE', retriable: true });
      expect(await scene.stateOf(1)).toBe('READY');
    });
  });

  it.each([
    ['it answers so', { approve: takes(9000) }],
    ['it answers another currency', { approve: takes(10_000, 'USD') }],
    ['it is found so', { approve: refused, find: finds(saidOf(1, 'approved', 9000)) }],
  ])('never takes other money for a payment, and tries that no more: %s', async (_word, calls) => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'READY');
      const message = messageOf('PaymentRequested', 1);
      const handled = scene.handle(message, providerOf(calls));
      await expect(handled).rejects.toMatchObject({ code: 'PAYMENT_MISMATCH', retriable: false });
      expect(await scene.stateOf(1)).toBe('READY');
      // Once it is repaired there, a redrive settles it.
      await scene.handle(message, providerOf({ approve: takes(10_000) }));
      expect(await scene.stateOf(1)).toBe('PAID PaymentSucceeded');
    });
  });

  it('leaves a refund of a part open, however it is heard of', async () => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'PAID');
      const part = { kind: 'cancelled', providerId: 'pay_1', amount: 9000, currency: 'KRW' } as const;
      const refund = scene.handle(messageOf('RefundRequested', 1), providerOf({ cancel: () => Promise.resolve(part) }));
      await expect(refund).rejects.toMatchObject({ code: 'PAYMENT_MISMATCH' });
      const find = finds(saidOf(1, 'cancelled', 9000));
      const lookUp = settleOverdue({ database: scene.database, gateway: providerOf({ find }), olderThanMs: 0 });
      await expect(lookUp).rejects.toMatchObject({ code: 'PAYMENT_MISMATCH' });
      expect(await scene.stateOf(1)).toBe('REFUNDING');
      expect(await scene.database.query('SELECT reason FROM payment_mismatch')).toEqual([
        { reason: 'expected 10000 KRW, the provider says 9000 KRW' },
      ]);
      await settleOverdue({
        database: scene.database,
        olderThanMs: 0,
        gateway: providerOf({ find: finds(saidOf(1, 'cancelled')) }),
      });
      expect(await scene.stateOf(1)).toBe('REFUNDED PaymentRefunded');
    });
  });

  it('does not begin a refund that failed again for a second delivery of the same message', async () => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'PAID');
      const message = messageOf('RefundRequested', 1);
      const cancel = () => Promise.resolve({ kind: 'refused', providerId: 'pay_1', reason: 'no' } as const);
      const gateway = providerOf({ cancel });
      await scene.handle(message, gateway);
      await scene.handle(message, gateway);
      expect([await scene.stateOf(1), gateway.asked]).toEqual(['REFUND_FAILED RefundFailed', ['cancel']]);
      await scene.handle(messageOf('RefundRequested', 1), gateway);
      expect([await scene.stateOf(1), gateway.asked.length]).toEqual(['REFUND_FAILED RefundFailed RefundFailed', 2]);
    });
  });

  it('applies what the provider did for one delivery although another one was noted meanwhile', async () => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'PAID');
      const message = messageOf('RefundRequested', 1);
      const other = () => scene.handle(message, providerOf({ cancel: silent }), { isLastAttempt: true });
      const cancel = async () => (await other(), { kind: 'cancelled', providerId: 'pay_1' } as const);
      await scene.handle(message, providerOf({ cancel }));
      expect(await scene.stateOf(1)).toBe('REFUNDED RefundFailed PaymentRefunded');
    });
  });

  it('hears by a callback that money is back although the refund was given up', async () => {
    await withPaymentScene(server, async (scene) => {
      await scene.put(1, 'REFUND_FAILED');
      const { database } = scene;
      const call = (state: string) => {
        const body = JSON.stringify({ ...saidOf(1, 'cancelled'), kind: 'refund', state });
        return receiveCallback({ database, secret: 's' }, { body, signature: signCallback(body, 's', new Date()) });
      };
      expect(await call('cancel-refused')).toBe('unchanged');
      expect(await call('cancelled')).toBe('settled');
      expect(await call('cancelled')).toBe('unchanged');
      expect(await scene.stateOf(1)).toBe('REFUNDED PaymentRefunded');
    });
  });
});
