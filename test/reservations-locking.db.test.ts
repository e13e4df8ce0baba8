import {
  checkInvariants,
  createCombining,
  createPessimistic,
  createReservations,
  type LockStrategyName,
} from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { testServers } from './support/servers.js';

const request = (slotId: number, memberId: number) => ({
  slotId,
  memberId,
  partySize: 1,
  idempotencyKey: `k${slotId}-${memberId}`,
});

async function expectSound({ database }: ReservationScene): Promise<void> {
  expect(await checkInvariants(database)).toMatchObject({ ok: true, violations: [] });
}

describe.each(testServers())('reservations on $name', (server) => {
  it.each<LockStrategyName>(['atomic', 'combining'])(
    'under %s take a request as it was when it came, whatever the caller does to its object',
    async (strategy) => {
      await withReservationScene(server, { slots: 3, capacity: 4 }, async (scene) => {
        const reservations = createReservations({ database: scene.database, strategy, seatsPer: 'guest' });
        const reused = { slots: [{ slotId: 1 }], memberId: 0, partySize: 2, idempotencyKey: '' };
        const pending = [1, 2, 3].map((memberId) => {
          Object.assign(reused, { memberId, idempotencyKey: `k${memberId}` });
          return reservations.reserve(reused);
        });
        Object.assign(reused, { memberId: 0, partySize: -6 });
        reused.slots[0]!.slotId = 2;
        const kinds = (await Promise.all(pending)).map(({ kind }) => kind).sort();
        expect(kinds).toEqual(['reserved', 'reserved', 'sold-out']);
        const rows = await scene.database.query(
          'SELECT reservation_slot_id AS slot, party_size AS party FROM reservation',
        );
        expect(rows).toEqual([
          { slot: 1, party: 2 },
          { slot: 1, party: 2 },
        ]);
        await reservations.close();
        await expectSound(scene);
      });
    },
  );

  it('under combining wait for no slot that nobody named, however large a part of the table a batch is', async () => {
    await withReservationScene(server, { slots: 400, capacity: 10 }, async (scene) => {
      const reservations = createReservations({ database: scene.database, strategy: createCombining({ queues: 1 }) });
      const odd = Array.from({ length: 200 }, (_, index) => 2 * index + 1);
      await scene.database.transaction(async (tx) => {
        await tx.query('SELECT id FROM reservation_slot WHERE id = 200 FOR UPDATE');
        // Answered while the lock is held: a batch that waited for it would wait for ever.
        const outcomes = await Promise.all(odd.map((slotId) => reservations.reserve(request(slotId, 1))));
        expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['reserved']));
        const ids = outcomes.flatMap((outcome) => (outcome.kind === 'reserved' ? [outcome.reservationId] : []));
        const ended = await Promise.all(
          ids.map((reservationId) => reservations.cancel({ reservationId, memberId: 1 })),
        );
        expect(new Set(ended.map(({ kind }) => kind))).toEqual(new Set(['cancelled']));
      });
      await reservations.close();
      await expectSound(scene);
    });
  });

  it.each(['READ COMMITTED', 'REPEATABLE READ'] as const)(
    'under combining never deadlock between queues with %s on hundreds of slots',
    async (isolation) => {
      await withReservationScene(server, { slots: 420, capacity: 100 }, async (scene) => {
        const deadlocks = await countDeadlocks(scene);
        const reservations = createReservations({
          database: scene.database,
          isolation,
          strategy: createCombining({ queues: 2 }),
        });
        for (let member = 1; member <= 5; member += 1) {
          const slots = Array.from({ length: 420 }, (_, index) => index + 1);
          const outcomes = await Promise.all(slots.map((slotId) => reservations.reserve(request(slotId, member))));
          expect(outcomes.every(({ kind }) => kind === 'reserved')).toBe(true);
        }
        expect(await countDeadlocks(scene)).toBe(deadlocks);
        await reservations.close();
        await expectSound(scene);
      });
    },
  );

  it('under combining hold up nobody else for long when somebody keeps one slot locked', async () => {
    await withReservationScene(server, { slots: 2, capacity: 100 }, async (scene) => {
      const strategy = createCombining({ lockWaitSeconds: 1 });
      const reservations = createReservations({ database: scene.database, strategy });
      const members = (first: number) => Array.from({ length: 5 }, (_, index) => first + index);
      const ask = async (slotId: number, first: number): Promise<Set<string>> => {
        const outcomes = await Promise.all(
          members(first).map((member) => reservations.reserve(request(slotId, member))),
        );
        return new Set(outcomes.map(({ kind }) => kind));
      };
      await scene.database.transaction(async (tx) => {
        await tx.query('SELECT id FROM reservation_slot WHERE id = 1 FOR UPDATE');
        expect(await Promise.all([ask(1, 1), ask(2, 1)])).toEqual([new Set(['contended']), new Set(['reserved'])]);
        let isAnswered = false;
        const stuck = ask(1, 11).finally(() => (isAnswered = true));
        expect(await ask(2, 11)).toEqual(new Set(['reserved']));
        // The others were not behind it.
        expect(isAnswered).toBe(false);
        expect(await stuck).toEqual(new Set(['contended']));
      });
      expect(await ask(1, 21)).toEqual(new Set(['reserved']));
      await reservations.close();
      await expectSound(scene);
    });
  });

  it('under combining take many requests for many slots in batches of bounded size, all of them', async () => {
    await withReservationScene(server, { slots: 60, capacity: 100 }, async (scene) => {
      const strategy = createCombining({ mostPerBatch: 50 });
      const reservations = createReservations({ database: scene.database, strategy });
      const slots = Array.from({ length: 60 }, (_, index) => ({ slotId: index + 1 }));
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          reservations.reserve({ slots, memberId: index + 1, partySize: 1, idempotencyKey: `all-${index}` }),
        ),
      );
      expect(outcomes.every(({ kind }) => kind === 'reserved')).toBe(true);
      await reservations.close();
      await expectSound(scene);
    });
  });

  it('under combining answer a thousand repeats of one member at once', async () => {
    await withReservationScene(server, { slots: 1, capacity: 10 }, async (scene) => {
      const reservations = createReservations({ database: scene.database, strategy: 'combining' });
      const outcomes = await Promise.all(
        Array.from({ length: 1000 }, (_, index) =>
          reservations.reserve({ ...request(1, 7), idempotencyKey: `again-${index}` }),
        ),
      );
      const kinds = outcomes.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'reserved')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'duplicate')).toHaveLength(999);
      await reservations.close();
      await expectSound(scene);
    });
  });

  it('find a slot that was deleted and made anew', async () => {
    await withReservationScene(server, { slots: 2, capacity: 10 }, async (scene) => {
      const reservations = createReservations({ database: scene.database });
      const place = { restaurantId: 1, date: '2099-01-01', time: '01:00', memberId: 1, partySize: 1 };
      expect(await reservations.reserve({ ...place, idempotencyKey: 'a' })).toMatchObject({ kind: 'reserved' });
      await scene.run('DELETE FROM {reservation}');
      await scene.run('DELETE FROM {slot} WHERE {slot.id} = 1');
      await scene.run(`INSERT INTO reservation_slot (id, restaurant_id, date, time, capacity)
        VALUES (77, 1, '2099-01-01', '01:00', 10)`);
      expect(await reservations.reserve({ ...place, idempotencyKey: 'b' })).toMatchObject({ kind: 'reserved' });
      await reservations.close();
      await expectSound(scene);
    });
  });

  it('that were made as one and whose first was given more time are not swept, and hold up no others', async () => {
    await withReservationScene(server, { slots: 3, capacity: 10 }, async (scene) => {
      const reservations = createReservations({ database: scene.database });
      const slots = [{ slotId: 1 }, { slotId: 2 }];
      await reservations.reserve({ ...request(0, 1), slots, holdTtlMs: 1 });
      await reservations.reserve({ ...request(3, 2), holdTtlMs: 1 });
      await scene.run(`UPDATE {reservation} SET {reservation.expiresAt} = NOW(6) + INTERVAL 1 HOUR
        WHERE {reservation.id} = {reservation.groupId}`);
      await scene.run('DO SLEEP(0.01)');
      expect(await reservations.expireDue()).toEqual({ expired: 1, more: false });
      await reservations.close();
      await expectSound(scene);
    });
  });
});

describe('options that make no sense are refused when they are given', () => {
  it.each<[string, () => unknown]>([
    ['no queue', () => createCombining({ queues: 0 })],
    ['half a queue', () => createCombining({ queues: 1.5 })],
    ['an empty batch', () => createCombining({ mostPerBatch: 0 })],
    ['no seconds', () => createPessimistic({ lockWaitSeconds: 0 })],
    ['an unknown word', () => createPessimistic({ whenLocked: 'no-wait' as 'nowait' })],
  ])('%s', (_name, create) => {
    expect(create).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});

async function countDeadlocks({ database }: ReservationScene): Promise<number> {
  const status = database.server.flavour === 'mariadb' ? "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'" : undefined;
  const counter = "SELECT COUNT AS Value FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'";
  const [row] = await database.query<{ Value: string }>(status ?? counter);
  return Number(row?.Value);
}
