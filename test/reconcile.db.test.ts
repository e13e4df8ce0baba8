import { setTimeout as sleep } from 'node:timers/promises';

import { checkInvariants } from 'tablepick/reservations';
import type { PaymentGateway } from 'tablepick/payments';
import { keepReconciling, type ReconcileClass, type ReconcileResult } from 'tablepick/reconcile';
import { describe, expect, it } from 'vitest';

import { type ReconcileCase, reconcileCases } from './support/reconcile-cases.js';
import {
  classesOf,
  countsOf,
  playGuests,
  resultOf,
  stateOf,
  untilQuiet,
  withServices,
} from './support/reconcile-checks.js';
import { putPayments, putReservations } from './support/reconcile-rows.js';
import { type WrongState, withReconcileScene } from './support/reconcile-scene.js';
import { testServers } from './support/servers.js';

describe.each(testServers())('reconcile on $name', (server) => {
  it('finds each disagreement, writes nothing without fix, repairs it with fix, and finds it no more', async () => {
    await withReconcileScene(server, async (scene) => {
      const cases = [];
      for (const each of reconcileCases) cases.push({ ...each, id: await scene.put(each.state) });
      const before = await scene.contents();
      const dry = await scene.run({ limit: 1000 });
      expect(await scene.contents()).toEqual(before);
      const fixed = await scene.run({ fix: true, limit: 1000 });
      const again = await scene.run({ fix: true, limit: 1000 });
      for (const { title, id, finds, fixes = finds, leaves = [], ends } of cases) {
        expect([title, classesOf(dry, id)], title).toEqual([title, finds.toSorted()]);
        expect([title, classesOf(fixed, id)]).toEqual([title, [...fixes, ...leaves].toSorted()]);
        expect([title, classesOf(again, id)]).toEqual([title, leaves.toSorted()]);
        expect([title, await stateOf(scene, id)]).toEqual([title, ends]);
      }
      const sum = (of: (each: ReconcileCase) => number) => reconcileCases.reduce((all, each) => all + of(each), 0);
      expect(countsOf(dry)).toEqual({ fixed: 0, left: sum(({ finds }) => finds.length) });
      expect(countsOf(fixed)).toEqual({
        fixed: sum(({ finds, fixes = finds }) => fixes.length),
        left: sum(({ leaves = [] }) => leaves.length),
      });
      expect([dry.ok, fixed.ok, again.ok]).toEqual([false, false, false]);
      expect((await checkInvariants(scene.database)).violations).toEqual([]);
    });
  });

  it('leaves what it asked for to the services: once they run, money and seats agree', async () => {
    await withReconcileScene(server, async (scene) => {
      const ends = new Map<number, string>();
      const put = async (state: WrongState, end: string) => void ends.set(await scene.put(state), end);
      await put({ status: 'PENDING' }, 'CONFIRMED PAID PAID -');
      await put({ status: 'PENDING', payment: 'READY' }, 'CONFIRMED PAID PAID -');
      await put({ status: 'CANCELLED', payment: 'PAID', provider: 'approved' }, 'CANCELLED REFUNDED REFUNDED REFUNDED');
      await put({ reservation: false, payment: 'PAID', provider: 'approved' }, '- - REFUNDED REFUNDED');
      await put(
        { status: 'CANCELLED', payment: 'READY', provider: 'approved' },
        'CANCELLED REFUNDED REFUNDED REFUNDED',
      );
      expect((await scene.run({ fix: true })).ok).toBe(true);
      await withServices(scene, async () => {
        await untilQuiet(scene);
        for (const [id, end] of ends) expect(await stateOf(scene, id)).toBe(end);
      });
      const result = await scene.run({ fix: true, olderThanMs: 0 });
      expect(result).toMatchObject({
        ok: true,
        money: { heldSeats: 2, paid: { KRW: 20_000 }, refunded: { KRW: 30_000 } },
      });
      const held = scene.provider.ledger().reduce((sum, { charged, refunded }) => sum + charged - refunded, 0);
      expect(held).toBe(20_000);
    });
  });

  it('asks again for the payment of reservations made as one as their outbox had it', async () => {
    await withReconcileScene(server, async (scene) => {
      const outcome = await scene.reservations.reserve({
        slots: [{ slotId: 501 }, { slotId: 502 }],
        memberId: 7,
        partySize: 3,
        idempotencyKey: 'pair',
      });
      const id = outcome.kind === 'reserved' ? outcome.reservationId : 0;
      await scene.reservationSql('UPDATE reservation SET created_at = NOW(6) - INTERVAL 1 HOUR');
      await scene.reservationSql("UPDATE outbox SET status = 'SENT', payload = REPLACE(payload, '30000', '14000')");
      const requestAgain = async () => {
        expect(classesOf(await scene.run({ fix: true }), id)).toEqual(['pending-overdue']);
        expect(classesOf(await scene.run({ fix: true }), id)).toEqual([]);
        const [last] = await scene.reservationSql<{ payload: string }>('SELECT payload FROM outbox ORDER BY seq DESC');
        return JSON.parse(last?.payload ?? '') as unknown;
      };
      const about = { reservationId: id, restaurantId: 1, memberId: 7, partySize: 3, slotIds: [501, 502] };
      expect(await requestAgain()).toEqual({ ...about, amount: 14_000, currency: 'KRW' });
      await scene.reservationSql('DELETE FROM outbox');
      await scene.reservationSql('UPDATE reservation_history SET changed_at = NOW(6) - INTERVAL 1 HOUR');
      expect(await requestAgain()).toEqual({ ...about, amount: 30_000, currency: 'KRW' });
    });
  });

  it('leaves a reservation of which nobody knows the price, rather than make one up', async () => {
    await withReconcileScene(server, async (scene) => {
      const id = await scene.put({ status: 'PENDING' });
      const result = await scene.run({ fix: true, pricing: undefined });
      expect(resultOf(result, 'pending-overdue')).toMatchObject({ found: 1, fixed: 0, left: 1, keys: [id] });
      expect(resultOf(result, 'pending-overdue').did).toContain('its price is not known any more');
      expect(await scene.reservationSql('SELECT seq FROM outbox')).toEqual([]);
    });
  });

  it('counts slots anew, lists what it cannot repair there, old messages and dead letters', async () => {
    await withReconcileScene(server, async (scene) => {
      await scene.put({ status: 'CONFIRMED', heard: 'PAID', payment: 'PAID' });
      await scene.reservationSql('UPDATE reservation_slot SET count = 4 WHERE id IN (1, 2)');
      await scene.reservationSql('UPDATE reservation_slot SET capacity = 0 WHERE id = 1');
      await scene.paymentSql(`INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, occurred_at)
        VALUES ('x', 'payments', '1', 'PaymentSucceeded', '{}', NOW(6) - INTERVAL 1 HOUR)`);
      await scene.reservationSql(`INSERT INTO dead_letter (consumer_group, message_id, topic, message_key, type, handler, reason, error,
        attempts, headers, payload, first_at, last_at) VALUES ('g', 'm', 't', 'k', 'T', 'h', 'r', 'e', 1, '{}', '{}', NOW(6), NOW(6))`);
      const found = await scene.run();
      const fixed = await scene.run({ fix: true });
      for (const result of [found, fixed]) {
        expect(resultOf(result, 'count-differs')).toMatchObject({
          found: 2,
          keys: expect.arrayContaining([1, 2]) as unknown,
        });
        expect(resultOf(result, 'overbooked')).toMatchObject({ found: 1, left: 1, keys: [1] });
        expect(resultOf(result, 'outbox-old')).toMatchObject({ found: 1, left: 1, keys: ['payments'] });
        expect(resultOf(result, 'dead-letters')).toMatchObject({ found: 1, left: 1, keys: ['reservations:1'] });
        expect(resultOf(result, 'dead-letters').did).toContain('tablepick dlq list');
      }
      expect([resultOf(found, 'count-differs').fixed, resultOf(fixed, 'count-differs').fixed]).toEqual([0, 2]);
      expect(resultOf(await scene.run(), 'count-differs').found).toBe(0);
    });
  });

  it('does not leave to an operator what it repairs itself: a slot is overbooked by a hold that is over', async () => {
    await withReconcileScene(server, async (scene) => {
      const id = await scene.put({ status: 'PENDING', due: true });
      await scene.reservationSql('UPDATE reservation_slot SET capacity = 0 WHERE id = ?', [id]);
      expect(resultOf(await scene.run(), 'overbooked').left).toBe(1);
      const fixed = await scene.run({ fix: true });
      expect([fixed.ok, resultOf(fixed, 'hold-overdue').fixed]).toEqual([true, 1]);
    });
  });

  it('asks for nothing twice however long the provider takes', async () => {
    await withReconcileScene(server, async (scene) => {
      for (let i = 0; i < 3; i += 1) await scene.put({ status: 'PENDING', payment: 'READY' });
      const find: PaymentGateway['find'] = (id) => sleep(400).then(() => scene.gateway.find(id));
      const gateway = { ...scene.gateway, find };
      const result = await scene.run({ fix: true, olderThanMs: 200, gatewayConcurrency: 1, gateway });
      expect(resultOf(result, 'pending-overdue')).toMatchObject({ fixed: 3, left: 0 });
      expect(await scene.paymentSql('SELECT id FROM outbox')).toHaveLength(3);
    });
  });

  it('does each thing once when two run at once', async () => {
    await withReconcileScene(server, async (scene) => {
      const states: WrongState[] = [
        { status: 'PENDING', payment: 'PAID' },
        { status: 'PENDING' },
        { status: 'PENDING', payment: 'READY' },
        { status: 'CANCELLED', payment: 'PAID' },
        { status: 'EXPIRED', heard: 'PAID', payment: 'PAID' },
        { status: 'CANCELLED', heard: 'PAID', payment: 'PAID', compensation: 'REFUND_REQUESTED' },
        { status: 'CANCELLED', payment: 'READY', provider: 'approved' },
        { status: 'PENDING', due: true },
      ];
      for (let i = 0; i < 25; i += 1) for (const state of states) await scene.put(state);
      await scene.reservationSql('UPDATE reservation_slot SET count = count + 1 WHERE id <= 100');
      const results = await Promise.all([scene.run({ fix: true }), scene.run({ fix: true }), scene.run({ fix: true })]);
      expect(results.map((result) => countsOf(result).left)).toEqual([0, 0, 0]);
      expect(results.reduce((sum, result) => sum + countsOf(result).fixed, 0)).toBe(25 * states.length + 100);
      const told =
        'SELECT type, COUNT(*) AS told, COUNT(DISTINCT aggregateid) AS about FROM outbox GROUP BY type ORDER BY type';
      expect(await scene.reservationSql(told)).toEqual([
        { type: 'RefundRequested', told: 75, about: 75 },
        { type: 'ReservationCancelled', told: 25, about: 25 },
        { type: 'ReservationConfirmed', told: 25, about: 25 },
        { type: 'ReservationCreated', told: 25, about: 25 },
      ]);
      expect(await scene.paymentSql(told)).toEqual([
        { type: 'PaymentRequested', told: 25, about: 25 },
        { type: 'PaymentSucceeded', told: 25, about: 25 },
      ]);
      expect((await checkInvariants(scene.database)).violations).toEqual([]);
    });
  });

  it('raises no false alarm and does no harm beside live traffic', async () => {
    await withReconcileScene(server, async (scene) => {
      scene.provider.changeFaults({ failRate: 0.1, latencyMs: 2, jitterMs: 10, lostAnswerRate: 0.05 });
      const rounds: ReconcileResult[] = [];
      await withServices(scene, async () => {
        const looking = keepReconciling({
          reservationDatabase: scene.database,
          paymentDatabase: scene.payments,
          reservations: scene.reservations,
          gateway: scene.gateway,
          fix: true,
          olderThanMs: 2500,
          everyMs: 50,
          onRound: (result) => void rounds.push(result),
          onError: (error) => expect.unreachable(String(error)),
        });
        await playGuests(scene);
        await untilQuiet(scene);
        await looking.stop();
        await untilQuiet(scene);
      });
      expect(rounds.length).toBeGreaterThan(3);
      for (const { classes } of rounds) expect(classes.filter(({ found }) => found > 0)).toEqual([]);
      const last = await scene.run({ fix: true, olderThanMs: 0 });
      expect(last.classes.filter(({ found }) => found > 0)).toEqual([]);
      const held = scene.provider.ledger().reduce((sum, { charged, refunded }) => sum + charged - refunded, 0);
      expect(last.money.paid.KRW).toBe(held);
    });
  });

  it('stops asking a provider that does not answer, and repairs the rest', async () => {
    await withReconcileScene(server, async (scene) => {
      for (let i = 0; i < 60; i += 1) await scene.put({ status: 'PENDING', payment: 'READY' });
      const paid = await scene.put({ status: 'PENDING', payment: 'PAID' });
      let asked = 0;
      const away = (): Promise<never> => {
        asked += 1;
        return Promise.reject(new Error('away'));
      };
      const gateway: PaymentGateway = { approve: away, cancel: away, find: away };
      const result = await scene.run({ fix: true, gateway });
      expect(resultOf(result, 'pending-overdue')).toMatchObject({ fixed: 1, left: 60 });
      expect(resultOf(result, 'pending-overdue').did).toContain('gateway unavailable (60)');
      expect(asked).toBeLessThanOrEqual(13);
      expect(await stateOf(scene, paid)).toBe('CONFIRMED PAID PAID -');
      const without = await scene.run({ fix: true, gateway: undefined });
      expect(resultOf(without, 'pending-overdue')).toMatchObject({ fixed: 0, left: 60 });
      expect((await scene.run({ fix: true })).ok).toBe(true);
    });
  });

  it('looks a payment up once that failed without a word of the provider, and has it take nothing', async () => {
    await withReconcileScene(server, async (scene) => {
      await scene.put({ status: 'CANCELLED', heard: 'FAILED', payment: 'FAILED' });
      await scene.put({ reservation: false, payment: 'FAILED', provider: 'declined' });
      const asked: number[] = [];
      const find: PaymentGateway['find'] = (id) => (asked.push(id), scene.gateway.find(id));
      const run = () => scene.run({ fix: true, gateway: { ...scene.gateway, find } });
      expect((await run()).classes.filter(({ found }) => found > 0)).toEqual([]);
      await scene.paymentSql('UPDATE payment SET changed_at = NOW(6) - INTERVAL 1 HOUR');
      expect([(await run()).ok, asked.toSorted()]).toEqual([true, [1, 2]]);
      expect(await scene.gateway.find(1)).toMatchObject({ state: 'cancelled' });
      const steps = await scene.paymentSql('SELECT to_status AS state, reason, actor FROM payment_history');
      expect(steps).toEqual(
        Array(2).fill({ state: 'FAILED', reason: expect.any(String) as string, actor: 'reconcile' }),
      );
    });
  });

  it('sums money above 2^53 to the cent', async () => {
    await withReconcileScene(server, async (scene) => {
      const most = 2 ** 53 - 1;
      for (let i = 0; i < 3; i += 1) await scene.put({ status: 'CONFIRMED', heard: 'PAID', payment: 'PAID' });
      await scene.paymentSql('UPDATE payment SET amount = ?', [most]);
      expect((await scene.run()).money.paid).toEqual({ KRW: '27021597764222973' });
    });
  });

  it('finds each thing once over many ranges, whichever side has more rows in them', async () => {
    await withReconcileScene(server, async (scene) => {
      const bothPaid = range(1, 9_000);
      const unpaid = range(9_001, 21_000);
      const unheld = range(21_001, 33_000);
      const wrong = [1, 4_999, 5_000, 5_001, 9_000, 9_001, 14_000, 14_001, 19_999, 21_000, 21_001, 26_000, 33_000];
      const isWrong = new Set(wrong);
      await putReservations(
        scene,
        [...bothPaid, ...unpaid].map((id) => (isWrong.has(id) || id <= 9_000 ? [id, 'CONFIRMED'] : [id, 'EXPIRED'])),
      );
      const paid = [...bothPaid, ...unheld, ...wrong.filter((id) => id > 9_000 && id <= 21_000)];
      await putPayments(
        scene,
        paid.map((id) => (isWrong.has(id) || id <= 9_000 ? [id, 'PAID'] : [id, 'FAILED'])),
      );
      await scene.reservationSql(`UPDATE {reservation} SET {reservation.paymentStatus} = NULL
        WHERE {reservation.id} IN (${wrong.join(', ')})`);
      const result = await scene.run({ limit: 100, comparePaid: 0 });
      expect(result.checked).toEqual({ reservations: 21_000, compared: 0, payments: paid.length });
      const keysOf = (name: ReconcileClass) => resultOf(result, name).keys;
      expect(keysOf('confirmed-unpaid')).toEqual(wrong.filter((id) => id <= 21_000));
      expect(keysOf('payment-orphan')).toEqual(wrong.filter((id) => id > 21_000));
    });
  });

  it('waits for a provider that has not decided', async () => {
    await withReconcileScene(server, async (scene) => {
      const id = await scene.put({ status: 'PENDING', payment: 'READY' });
      const money = { amount: 10_000, currency: 'KRW' };
      const find: PaymentGateway['find'] = async (reservationId) => ({
        ...money,
        reservationId,
        providerId: 'p',
        state: 'pending',
      });
      const result = await scene.run({ fix: true, gateway: { ...scene.gateway, find } });
      expect(resultOf(result, 'pending-overdue')).toMatchObject({ left: 1, fixed: 0, keys: [id] });
      expect(await stateOf(scene, id)).toBe('PENDING - READY -');
    });
  });
});

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
