import type { Database } from 'tablepick/database';
import { createMessage, runHandler } from 'tablepick/messaging';
import { createMetrics } from 'tablepick/observe';
import { sagaEvent } from 'tablepick/payments';
import { type Reservations, createReservations } from 'tablepick/reservations';
import { countPaidLate, readSagaBacklog, recordSaga, refuseInTime, reservationHandlers } from 'tablepick/saga';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { type TestServer, testServers } from './support/servers.js';
import { withServicesScene } from './support/services-scene.js';

const WAIT = { timeout: 30_000, interval: 100 };

interface BacklogScene extends ReservationScene {
  reservations: Reservations;
  /** Resolves with the id. Without a time the hold never runs out. */
  hold(memberId: number, holdTtlMs?: number): Promise<number>;
}

async function withBacklog(
  server: TestServer,
  { admit }: { admit?: (database: Database) => ReturnType<typeof refuseInTime> },
  work: (scene: BacklogScene) => Promise<void>,
): Promise<void> {
  await withReservationScene(server, { slots: 3, capacity: 50 }, async (scene) => {
    const { database } = scene;
    const settings = { database, recordChanges: recordSaga(), admit: admit?.(database) };
    await using reservations = createReservations(settings);
    await work({
      ...scene,
      reservations,
      hold: async (memberId, holdTtlMs) => {
        const request = { slotId: 1, memberId, partySize: 2, idempotencyKey: `key-${memberId}`, holdTtlMs };
        const outcome = await reservations.reserve(request);
        if (outcome.kind !== 'reserved') throw new Error(outcome.kind);
        return outcome.reservationId;
      },
    });
  });
}

/** `reserved`, or the code of the refusal. Every guest asks with a key of its own. */
function asker({ hold }: BacklogScene, holdTtlMs: number): () => Promise<unknown> {
  let memberId = 1000;
  return () =>
    hold((memberId += 1), holdTtlMs).then(
      () => 'reserved',
      (error: { code?: string }) => error.code,
    );
}

describe.each(testServers())('the backlog of the saga on $name', (server) => {
  it('is what waits for its payment, with the pace at which it is settled', async () => {
    await withBacklog(server, {}, async ({ database, reservations, hold }) => {
      expect(await readSagaBacklog(database)).toEqual({ waiting: 0, settledPerSecond: 0, etaSeconds: 0 });
      const ids = [await hold(1), await hold(2), await hold(3), await hold(4, 1)];
      expect(await readSagaBacklog(database)).toEqual({ waiting: 3, settledPerSecond: 0, etaSeconds: null });
      await reservations.confirm({ reservationId: ids[0]! });
      await reservations.cancel({ reservationId: ids[1]!, memberId: 2 });
      await reservations.expire({ reservationId: ids[3]! });
      const found = await readSagaBacklog(database, 100_000);
      expect(found).toMatchObject({ waiting: 1, settledPerSecond: expect.closeTo(0.02, 5) });
      expect(found.etaSeconds).toBeCloseTo(50, 5);
    });
  });

  it('counts the holds that ran out while their payment was under way', async () => {
    await withBacklog(server, {}, async ({ database, reservations, hold }) => {
      const reservationId = await hold(1, 1);
      await expect.poll(async () => (await reservations.expire({ reservationId })).kind, WAIT).toBe('expired');
      expect(await countPaidLate(database)).toBe(0);
      const settled = { reservationId, amount: 10_000, currency: 'KRW', paymentId: 'p', reason: '' };
      const message = createMessage(sagaEvent('PaymentSucceeded', settled));
      const { PaymentSucceeded } = reservationHandlers({ reservations });
      await runHandler(PaymentSucceeded, message, { database, group: 'reservations' });
      expect(await countPaidLate(database)).toBe(1);
    });
  });

  it('refuses holds that could not be paid in time, and takes them again when they can', async () => {
    const admit = (database: Database) => refuseInTime({ database, leastWaiting: 3 });
    await withBacklog(server, { admit }, async (scene) => {
      const { database, reservations, hold } = scene;
      const ask = asker(scene, 5000);
      const ids = [await hold(1), await hold(2), await hold(3)];
      // Nobody knows a pace yet.
      expect(await ask()).toBe('reserved');
      await expect.poll(ask, WAIT).toBe('BACKLOG_TOO_LONG');
      await expect(hold(4, 5000)).rejects.toMatchObject({ retriable: true, retryAfterSeconds: 60 });
      // A request without a hold may wait as long as it takes.
      ids.push(await hold(5));
      for (const reservationId of ids) await reservations.confirm({ reservationId });
      await expect.poll(ask, WAIT).toBe('reserved');
      // The key that was refused is free.
      const again = await hold(4, 5000);
      expect(again).toBeGreaterThan(0);
      expect((await readSagaBacklog(database)).settledPerSecond).toBeGreaterThan(0);
    });
  });

  it('is looked at once a second at most, and refuses nobody while the database does not tell', async () => {
    await withBacklog(server, {}, async ({ database, hold }) => {
      await hold(1);
      let looks = 0;
      const query: Database['query'] = (...words) => ((looks += 1), database.query(...words));
      const admit = refuseInTime({ database: { ...database, query }, leastWaiting: 1 });
      const request = { slotId: 1, memberId: 7, partySize: 2, idempotencyKey: 'key', holdTtlMs: 1 };
      const began = performance.now();
      for (let count = 0; count < 5000; count += 1) admit(request);
      expect(looks).toBeLessThanOrEqual(1 + (performance.now() - began) / 1000);
      const silent = refuseInTime({ database: { ...database, query: () => Promise.reject(new Error('away')) } });
      for (let count = 0; count < 100; count += 1) silent(request);
    });
  });

  it('is told by /metrics, and over HTTP a refusal is 503 with the time to ask again', async () => {
    await withServicesScene(server, async (scene) => {
      const metrics = await createMetrics();
      const reservation = { ...scene.settings().reservation!, holdTtlMs: 5000, refuseInTime: { leastWaiting: 3 } };
      const services = await scene.start({ metrics, reservation, payment: undefined, notifications: undefined });
      const { url = '', reservations } = services.reservation!;
      for (const memberId of [1, 2, 3])
        await reservations.reserve({ slotId: 1, memberId, partySize: 2, idempotencyKey: `key-${memberId}` });
      const { text } = await metrics.text();
      expect(text).toMatch(/^tablepick_saga_backlog 3$/m);
      expect(text).toMatch(/^tablepick_saga_settle_rate 0$/m);
      expect(text).toMatch(/^tablepick_saga_paid_late 0$/m);
      let memberId = 10;
      const ask = () =>
        fetch(`${url}/reservations`, {
          method: 'POST',
          body: JSON.stringify({ slotId: 2 + ((memberId += 1) % 30), memberId, partySize: 2 }),
          headers: { 'content-type': 'application/json' },
        });
      const refused = async () => {
        const answer = await ask();
        const { kind } = (await answer.json()) as { kind: string };
        return [answer.status, kind, answer.headers.get('Retry-After')];
      };
      await expect.poll(refused, WAIT).toEqual([503, 'backlog-too-long', '60']);
      expect((await metrics.text()).text).toMatch(/outcome="put-off"\} [1-9]/);
      expect(scene.events.filter(({ kind }) => kind === 'http-error')).toEqual([]);
    });
  });
});
