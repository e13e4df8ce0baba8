import { createMessage, encodeMessage } from 'tablepick/messaging';
import { type Pricing, sagaEvent, signCallback } from 'tablepick/payments';
import { reconcile } from 'tablepick/reconcile';
import { checkInvariants } from 'tablepick/reservations';
import { listSagas, resolveSaga, retrySaga, showSaga } from 'tablepick/saga';
import { describe, expect, it } from 'vitest';

import { type SagaRow, type SagaScene, type SagaSettings, withSaga } from './support/saga-scene.js';
import { testServer, testServers } from './support/servers.js';

const PAID = { status: 'CONFIRMED', heard: 'PAID', compensation: null, payment: 'PAID' };
const BACK = { status: 'CANCELLED', heard: 'REFUNDED', compensation: 'REFUNDED', payment: 'REFUNDED' };

const FREE = { amount: 0, currency: 'KRW' };

const isConfirmed = ({ status }: SagaRow): boolean => status === 'CONFIRMED';
const isBack = ({ compensation }: SagaRow): boolean => compensation === 'REFUNDED';
const hasFailed = ({ compensation }: SagaRow): boolean => compensation === 'COMPENSATION_FAILED';

const places = [
  ...testServers().map((server) => ({ server, carrier: 'database' as const })),
  { server: testServer('mysql'), carrier: 'kafka' as const },
];

/** What the provider really kept of a reservation. */
function kept({ provider }: SagaScene, reservationId: number): number {
  const line = provider.ledger().find((each) => each.reservationId === reservationId);
  return (line?.charged ?? 0) - (line?.refunded ?? 0);
}

describe.each(places)('the saga on $server.name over $carrier', ({ server, carrier }) => {
  const play = (settings: SagaSettings, work: (scene: SagaScene) => Promise<void>) =>
    withSaga(server, { carrier, ...settings }, work);

  it('ends a paid reservation confirmed, with the price of its party taken once', async () => {
    await play({}, async (scene) => {
      const id = await scene.reserve(1, 7, { partySize: 3 });
      expect(await scene.until(id, isConfirmed)).toEqual(PAID);
      expect(kept(scene, id)).toBe(15_000);
      const { steps, payment } = await showSaga(scene, id);
      expect(payment).toMatchObject({ amount: 15_000, currency: 'KRW', status: 'PAID' });
      expect(steps.map(({ service, subject, to }) => `${service} ${subject} ${to}`)).toEqual([
        'payment payment READY',
        'payment payment PAID',
        'reservation reservation CONFIRMED',
        'reservation payment PAID',
      ]);
    });
  });

  it('gives the seat back when the card is refused', async () => {
    await play({ gateway: { faults: { failRate: 1 } } }, async (scene) => {
      const id = await scene.reserve(1, 7);
      const end = await scene.until(id, ({ heard }) => heard !== null);
      expect(end).toEqual({ status: 'CANCELLED', heard: 'FAILED', compensation: null, payment: 'FAILED' });
      expect(kept(scene, id)).toBe(0);
      expect((await checkInvariants(scene.database)).ok).toBe(true);
    });
  });

  it('gives seat and money of a confirmed reservation back when it is cancelled', async () => {
    await play({}, async (scene) => {
      const id = await scene.reserve(1, 7);
      await scene.until(id, isConfirmed);
      expect(await scene.reservations.cancel({ reservationId: id, memberId: 7 })).toEqual({ kind: 'cancelled' });
      expect(await scene.until(id, isBack)).toEqual(BACK);
      expect(kept(scene, id)).toBe(0);
      expect((await checkInvariants(scene.database)).ok).toBe(true);
    });
  });

  it('gives money back that was taken for a reservation cancelled meanwhile, or whose hold had expired', async () => {
    await play({ gateway: { callbackDelayMs: 1500 } }, async (scene) => {
      const cancelled = await scene.reserve(1, 7);
      const expired = await scene.reserve(2, 8, { holdTtlMs: 200 });
      await scene.reservations.cancel({ reservationId: cancelled, memberId: 7 });
      expect(await scene.until(cancelled, isBack)).toEqual(BACK);
      expect(await scene.until(expired, isBack)).toEqual({ ...BACK, status: 'EXPIRED' });
      expect([kept(scene, cancelled), kept(scene, expired)]).toEqual([0, 0]);
    });
  });

  it('says that a compensation has failed when the provider refuses, and lets an operator try again or settle it', async () => {
    await play({ gateway: { faults: { refuseRefundRate: 1 } } }, async (scene) => {
      const { database } = scene;
      const [one, other] = [await scene.reserve(1, 7), await scene.reserve(2, 8)];
      for (const [id, memberId] of [
        [one, 7],
        [other, 8],
      ] as const) {
        await scene.until(id, isConfirmed);
        await scene.reservations.cancel({ reservationId: id, memberId });
        await scene.until(id, hasFailed);
      }
      const stuck = await listSagas(database, { stuck: true });
      expect(stuck.map(({ reservationId, state }) => [reservationId, state])).toEqual([
        [other, 'COMPENSATION_FAILED'],
        [one, 'COMPENSATION_FAILED'],
      ]);
      await retrySaga(database, { reservationId: one, operator: 'kim', note: 'asked the provider' });
      const again = await scene.until(one, hasFailed);
      expect(again.payment).toBe('REFUND_FAILED');
      await resolveSaga(database, { reservationId: other, operator: 'kim', note: 'bank transfer' });
      expect((await listSagas(database, { stuck: true })).map(({ reservationId }) => reservationId)).toEqual([one]);
      const { steps, state } = await showSaga(scene, other);
      expect(state).toBe('RESOLVED');
      expect(steps.at(-1)).toMatchObject({ to: 'RESOLVED', reason: 'bank transfer', actor: 'operator kim' });
    });
  });

  it('takes every message twice, and old ones again under another id, without a second effect', async () => {
    await play({}, async (scene) => {
      const id = await scene.reserve(1, 7);
      await scene.until(id, isConfirmed);
      const settled = { reservationId: id, amount: 10_000, currency: 'KRW', paymentId: 'x', reason: 'late' };
      const old = [
        sagaEvent('ReservationCreated', {
          reservationId: id,
          restaurantId: 1,
          memberId: 7,
          partySize: 2,
          slotIds: [1],
          amount: 10_000,
          currency: 'KRW',
        }),
        sagaEvent('PaymentRequested', { reservationId: id, amount: 10_000, currency: 'KRW' }),
        sagaEvent('PaymentFailed', settled),
        sagaEvent('PaymentSucceeded', settled),
      ].map((draft) => encodeMessage(createMessage(draft)));
      await scene.transport.publish([...old, ...old]);
      await scene.reservations.cancel({ reservationId: id, memberId: 7 });
      await scene.until(id, isBack);
      await scene.transport.publish(old);
      const last = await scene.reserve(2, 9);
      await scene.until(last, isConfirmed);
      expect(await scene.until(id, isBack)).toEqual(BACK);
      expect(kept(scene, id)).toBe(0);
      expect((await checkInvariants(scene.database)).ok).toBe(true);
    });
  });
});

describe.each(testServers())('the saga on $name', (server) => {
  it('asks for one payment of reservations made as one', async () => {
    await withSaga(server, {}, async (scene) => {
      const request = { slots: [{ slotId: 1 }, { slotId: 2 }], memberId: 7, partySize: 2, idempotencyKey: 'both' };
      const outcome = await scene.reservations.reserve({ ...request, holdTtlMs: 60_000 });
      if (outcome.kind !== 'reserved') throw new Error(outcome.kind);
      await scene.until(outcome.reservationId, isConfirmed);
      expect(scene.provider.ledger()).toEqual([{ reservationId: outcome.reservationId, charged: 20_000, refunded: 0 }]);
      const rows = await scene.database.query('SELECT status FROM reservation ORDER BY id');
      expect(rows).toEqual([{ status: 'CONFIRMED' }, { status: 'CONFIRMED' }]);
      await scene.reservations.cancel({ reservationId: outcome.reservationId + 1, memberId: 7 });
      await scene.until(outcome.reservationId, isBack);
      expect(scene.provider.ledger()[0]).toMatchObject({ charged: 20_000, refunded: 20_000 });
    });
  });

  it('asks no provider for a reservation that costs nothing, nor for its refund', async () => {
    const asked: number[] = [];
    const pricing: Pricing = ({ slotIds, partySize }) => (asked.push(slotIds.length, partySize), FREE);
    await withSaga(server, { saga: { pricing }, gateway: { faults: { errorRate: 1 } } }, async (scene) => {
      const { database, payments, provider, reservations } = scene;
      const id = await scene.reserve(1, 7);
      expect(await scene.until(id, isConfirmed)).toMatchObject({ payment: 'PAID', compensation: null });
      const reconcileNow = () =>
        reconcile({ reservationDatabase: database, paymentDatabase: payments, reservations, olderThanMs: 0 });
      expect(await reconcileNow()).toMatchObject({ ok: true, money: { heldSeats: 1, paid: { KRW: 0 } } });
      expect(await reservations.cancel({ reservationId: id, memberId: 7 })).toEqual({ kind: 'cancelled' });
      expect(await scene.until(id, isBack)).toEqual(BACK);
      const { state, steps, payment } = await showSaga(scene, id);
      expect([state, payment]).toMatchObject(['COMPENSATED', { status: 'REFUNDED', amount: 0, providerId: null }]);
      expect(steps.filter(({ service }) => service === 'payment').map(({ to }) => to)).toEqual([
        'READY',
        'PAID',
        'REFUNDING',
        'REFUNDED',
      ]);
      expect([asked, provider.stats().requests, provider.ledger()]).toEqual([[1, 2], 0, []]);
      expect(await reconcileNow()).toMatchObject({ ok: true });
    });
  });

  it('lists and shows a compensation that failed although its reservation is gone', async () => {
    await withSaga(server, { gateway: { faults: { refuseRefundRate: 1 } } }, async (scene) => {
      const { database } = scene;
      const id = await scene.reserve(1, 7);
      await scene.until(id, isConfirmed);
      await scene.reservations.cancel({ reservationId: id, memberId: 7 });
      await scene.until(id, hasFailed);
      await scene.run('DELETE FROM reservation WHERE id = ?', [id]);
      const gone = { reservationId: id, state: 'COMPENSATION_FAILED', status: null, memberId: null };
      expect(await listSagas(database, { stuck: true, limit: 1 })).toMatchObject([gone]);
      const shown = await showSaga(scene, id);
      expect(shown).toMatchObject({ ...gone, payment: { status: 'REFUND_FAILED' } });
      expect(shown.steps.at(-1)).toMatchObject({ subject: 'compensation', to: 'COMPENSATION_FAILED' });
      await resolveSaga(database, { reservationId: id, operator: 'kim', note: 'bank transfer' });
      expect(await listSagas(database, { stuck: true })).toEqual([]);
    });
  });

  it('leaves a refund that was refused refused when its request comes again in one batch', async () => {
    await withSaga(server, { gateway: { callbackDelayMs: 0, faults: { refuseRefundRate: 1 } } }, async (scene) => {
      const id = await scene.reserve(1, 7);
      await scene.until(id, isConfirmed);
      await scene.run('UPDATE reservation SET status = ? WHERE id = ?', ['CANCELLED', id]);
      const message = createMessage(sagaEvent('RefundRequested', { reservationId: id, reason: 'twice' }));
      await scene.transport.publish([encodeMessage(message), encodeMessage(message)]);
      await scene.until(id, hasFailed);
      const last = await scene.reserve(2, 8);
      await scene.until(last, isConfirmed);
      expect((await scene.until(id, () => true)).payment).toBe('REFUND_FAILED');
      const { steps } = await showSaga(scene, id);
      expect(steps.filter(({ service, to }) => service === 'payment' && to === 'REFUNDING')).toHaveLength(1);
    });
  });

  it('makes no reservation when the pricing function returns no money', async () => {
    const pricing = ({ partySize }: { partySize: number }) => ({
      amount: partySize === 9 ? 0.5 : 100,
      currency: 'EUR',
    });
    await withSaga(server, { saga: { pricing } }, async (scene) => {
      await expect(scene.reserve(1, 7, { partySize: 9 })).rejects.toMatchObject({ code: 'BAD_AMOUNT' });
      expect(await scene.database.query('SELECT id FROM reservation')).toEqual([]);
      expect(await scene.database.query('SELECT seq FROM outbox')).toEqual([]);
      await scene.until(await scene.reserve(1, 7), isConfirmed);
    });
  });

  it('settles what the provider did although its answers were lost', async () => {
    const faults = { lostAnswerRate: 0.5, errorRate: 0.2 };
    // Six requests in ten fail: with so many attempts none is given up.
    const client = { attempts: 20, breaker: { failures: 1_000_000, coolDownMs: 0 } };
    const gateway = { seed: 11, callbackDelayMs: 0, faults };
    await withSaga(server, { capacity: 50, gateway, client }, async (scene) => {
      const ids = [];
      for (let member = 1; member <= 30; member += 1) ids.push(await scene.reserve(1 + (member % 4), member));
      for (const id of ids) expect(await scene.until(id, isConfirmed)).toEqual(PAID);
      expect(scene.provider.ledger().map(({ charged, refunded }) => [charged, refunded])).toEqual(
        ids.map(() => [10_000, 0]),
      );
    });
  });

  it('believes no callback that is not signed with the secret, and changes nothing for it', async () => {
    await withSaga(server, { gateway: { callbackDelayMs: 60_000 } }, async (scene) => {
      const id = await scene.reserve(1, 7);
      await scene.until(id, ({ payment }) => payment === 'READY');
      const body = JSON.stringify({
        reservationId: id,
        providerId: 'x',
        amount: 10_000,
        currency: 'KRW',
        kind: 'payment',
        state: 'approved',
      });
      const port = new URL(scene.callbackUrl);
      for (const headers of [{}, { 'Tablepick-Signature': signCallback(body, 'guessed', new Date()) }]) {
        const answer = await fetch(port, {
          method: 'POST',
          body,
          headers: { 'Content-Type': 'application/json', ...headers },
        });
        expect(await answer.json()).toMatchObject({ status: 401, kind: 'bad-signature' });
      }
      expect((await scene.until(id, () => true)).payment).toBe('READY');
    });
  });
});
