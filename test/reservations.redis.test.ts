import type { Database } from 'tablepick/database';
import {
  checkInvariants,
  createReservations,
  lockStrategyNames,
  type ReservationChange,
  type ReservationRequest,
  type Reservations,
  type ReservationsOptions,
  type Statement,
} from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { type TestServer, testRedis, testServers } from './support/servers.js';

const details = { memberId: 1, partySize: 1, idempotencyKey: 'k1' };
const good = { slotId: 1, ...details };
const day = { restaurantId: 1, date: '2099-01-01', time: '01:00' };

const badRequests: [string, unknown][] = [
  ['no request', null],
  ['a text for a request', 'slot 1'],
  ...[0, -1, 1.5, 2 ** 53, NaN, '5', 5n, undefined].map(vary('memberId')),
  ...[0, -1, 1.5, 1_000_001, Infinity, '2'].map(vary('partySize')),
  ...['', 'a b', 'a ', 'a\n', 'x'.repeat(65), 'ключ', undefined, 7].map(vary('idempotencyKey')),
  ...[0, -5, 1.5, 366 * 24 * 3_600_000 + 1, '9'].map(vary('holdTtlMs')),
  ...[0, -1, 'x', undefined].map(vary('slotId')),
  ...[[], 'x', {}, [null], [{ slotId: 1 }, { slotId: 1 }], [{ slotId: 1 }, day], manySlots(101)].map(vary('slots')),
  ...['2026-02-30', '2099-1-1', '2099-01-01T00:00', 20990101].map((date) => place({ date })),
  ...['24:00', '7:00', '12:00:00', '12:60', undefined].map((time) => place({ time })),
  place({ restaurantId: 0 }),
];

const refused: [string, string, object, object?][] = [
  ['UNKNOWN_SLOT', 'an unknown slot', { ...good, slotId: 99 }],
  ['UNKNOWN_SLOT', 'a time without a slot', { ...details, ...day, time: '01:30' }],
  ['UNKNOWN_SLOT', 'two slots and one that is unknown', { ...details, slots: [{ slotId: 1 }, day, { slotId: 99 }] }],
  ['PARTY_TOO_LARGE', 'a party larger than the slot', { ...good, partySize: 6 }],
  ['PARTY_TOO_LARGE', 'a party larger than one of two slots', { ...details, slots: manySlots(2), partySize: 6 }],
  ['ABORTED', 'an aborted request', good, { signal: AbortSignal.abort() }],
];

describe.each(testServers())('reservations on $name', (server) => {
  it('refuse bad input of every kind with one clear error, and write nothing', async () => {
    await withReservations(server, { seatsPer: 'guest' }, async ({ reservations, database }) => {
      for (const [name, request] of badRequests) {
        const refusal = expect(reservations.reserve(request as ReservationRequest), name);
        await refusal.rejects.toMatchObject({ code: 'BAD_REQUEST', hint: expect.stringMatching(/^(give|name) /) });
      }
      for (const [code, name, request, call] of refused) {
        await expect(reservations.reserve(request as ReservationRequest, call), name).rejects.toMatchObject({ code });
      }
      const written =
        'SELECT SUM(count) + SUM(version) + (SELECT COUNT(*) FROM reservation) AS n FROM reservation_slot';
      expect(Number((await database.query<{ n: unknown }>(written))[0]?.n)).toBe(0);
    });
  });

  it.each(['constructor', 'toString', '', 'Atomic'])('know no strategy %j', async (strategy) => {
    await withReservationScene(server, { slots: 1, capacity: 5 }, async ({ database }) => {
      const create = () => createReservations({ database, strategy: strategy as 'atomic' });
      expect(create).toThrow(expect.objectContaining({ code: 'BAD_OPTION', hint: expect.stringContaining('atomic') }));
    });
  });

  it('take a slot as past by the clock of its restaurant', async () => {
    await withReservations(server, {}, async ({ reservations, run }) => {
      // Every wall time of now is 14 hours ago on Kiritimati and 11 hours ahead in Pago Pago.
      await run(`INSERT INTO restaurant (id, name, max_capacity, time_zone)
        VALUES (2, 'east', 1, 'Pacific/Kiritimati'), (3, 'west', 1, 'Pacific/Pago_Pago')`);
      for (const [id, hours] of [2, 3].flatMap((restaurant) => [[restaurant, 1] as const, [restaurant, -1] as const])) {
        await run(
          `INSERT INTO reservation_slot (id, restaurant_id, date, time, capacity)
            SELECT ?, ?, DATE(t), TIME(DATE_FORMAT(t, '%H:%i')), 5 FROM (SELECT UTC_TIMESTAMP() + INTERVAL ? HOUR AS t) AS x`,
          [id * 100 + 1 + hours, id, hours],
        );
      }
      for (const slotId of [200, 202]) {
        await expect(reservations.reserve({ ...good, slotId })).rejects.toMatchObject({ code: 'SLOT_PAST' });
      }
      for (const slotId of [300, 302]) {
        const outcome = await reservations.reserve({ ...good, slotId, idempotencyKey: `west-${slotId}` });
        expect(outcome.kind).toBe('reserved');
      }
    });
  });

  it('answer a request that was granted in time also when it is repeated too late', async () => {
    await withReservations(server, {}, async ({ reservations, run, reopen }) => {
      const first = await reservations.reserve(good);
      await run(`UPDATE {slot} SET {slot.date} = '2020-01-01'`);
      const later = reopen();
      expect(await later.reserve(good)).toEqual(first);
      expect(await later.resolve(good)).toEqual(first);
      const others = [
        [{ ...good, partySize: 2 }, 'IDEMPOTENCY_KEY_REUSED'],
        [{ ...good, idempotencyKey: 'k2' }, 'SLOT_PAST'],
      ] as const;
      for (const [request, code] of others) {
        await expect(later.reserve(request)).rejects.toMatchObject({ code });
      }
    });
  });

  it('find the other slots when the time zone of one restaurant is none', async () => {
    await withReservations(server, {}, async ({ reservations, run }) => {
      await run(`INSERT INTO restaurant (id, name, max_capacity, time_zone) VALUES (2, 'b', 1, 'Mars/Olympus')`);
      await run('UPDATE {slot} SET {slot.restaurantId} = 2 WHERE {slot.id} = 2');
      const calls = [1, 2].map((slotId) => reservations.reserve({ ...good, slotId, idempotencyKey: `s${slotId}` }));
      const [here, there] = await Promise.allSettled(calls);
      expect(here).toMatchObject({ value: { kind: 'reserved' } });
      expect(there).toMatchObject({ reason: { code: 'BAD_RULE' } });
    });
  });

  it('answer a key for ever with what it made, and refuse it to any other request', async () => {
    await withReservations(server, {}, async ({ reservations }) => {
      const outcome = await reservations.reserve(good);
      const reservationId = idOf(outcome);
      expect(await reservations.cancel({ reservationId, memberId: 2 })).toEqual({ kind: 'not-owner' });
      expect(await reservations.cancel({ reservationId, memberId: 1 })).toEqual({ kind: 'cancelled' });
      expect(await reservations.cancel({ reservationId, memberId: 1 })).toEqual({ kind: 'already-cancelled' });
      expect(await reservations.reserve(good)).toEqual(outcome);
      for (const change of [{ partySize: 2 }, { memberId: 2 }, { slotId: 2 }]) {
        const again = reservations.reserve({ ...good, ...change });
        const message = `the key ${good.idempotencyKey} was used for another request`;
        await expect(again).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', message });
      }
      const renewed = await reservations.reserve({ ...good, idempotencyKey: 'k2' });
      expect(idOf(renewed)).not.toBe(reservationId);
    });
  });

  it('confirm no hold that is due, and expire none that is not', async () => {
    await withReservations(server, {}, async ({ reservations, database, run }) => {
      const hold = { ...good, holdTtlMs: 3_600_000 };
      const reservationId = idOf(await reservations.reserve(hold));
      expect(await reservations.expire({ reservationId })).toEqual({ kind: 'not-due' });
      expect(await reservations.expireDue()).toEqual({ expired: 0, more: false });
      await run('UPDATE {reservation} SET {reservation.expiresAt} = NOW(6)');
      expect(await reservations.confirm({ reservationId })).toEqual({ kind: 'expired' });
      expect(await seatsTaken(database)).toEqual([0, 0, 0]);
      expect(await reservations.expire({ reservationId })).toEqual({ kind: 'already-expired' });
      expect(await reservations.cancel({ reservationId, memberId: 1 })).toEqual({ kind: 'expired' });
      expect(await reservations.confirm({ reservationId: 99 })).toEqual({ kind: 'not-found' });
      await expect(reservations.cancel({ reservationId: 0, memberId: 1 })).rejects.toMatchObject({
        code: 'BAD_REQUEST',
      });
    });
  });

  it('end three slots that were reserved as one, by whichever of their ids', async () => {
    await withReservations(server, {}, async ({ reservations, database }) => {
      for (const offset of [0, 1, 2]) {
        const slots = manySlots(3).reverse();
        const outcome = await reservations.reserve({ ...details, slots, idempotencyKey: `three-${offset}` });
        expect(await seatsTaken(database)).toEqual([1, 1, 1]);
        const reservationId = idOf(outcome) + offset;
        expect(await reservations.confirm({ reservationId })).toEqual({ kind: 'confirmed' });
        expect(await reservations.cancel({ reservationId, memberId: 1 })).toEqual({ kind: 'cancelled' });
        expect(await seatsTaken(database)).toEqual([0, 0, 0]);
      }
    });
  });

  it.each(lockStrategyNames)('tell each change once, in its own transaction, under %s', async (strategy) => {
    const told: ReservationChange[] = [];
    const failing = { statement: undefined as Statement | undefined };
    const recordChanges = (changes: readonly ReservationChange[]): Statement[] => {
      const rows = changes.map(({ reservationId: id, to }) => ({
        sql: 'INSERT INTO said VALUES (?, ?)',
        values: [id, to],
      }));
      if (failing.statement !== undefined) return [...rows, failing.statement];
      told.push(...changes);
      return rows;
    };
    await withReservations(server, { strategy, recordChanges }, async ({ reservations, database, run }) => {
      await run('CREATE TABLE said (id BIGINT, state VARCHAR(20), PRIMARY KEY (id, state)) ENGINE = InnoDB');
      const one = idOf(await reservations.reserve(good));
      const two = idOf(
        await reservations.reserve({ ...details, slots: manySlots(2), memberId: 2, idempotencyKey: 'k2' }),
      );
      await reservations.confirm({ reservationId: one });
      await reservations.cancel({ reservationId: two, memberId: 2 });
      const changes = told.map(({ reservationId, slotId, from, to }) => [reservationId, slotId, from, to]);
      expect(changes).toEqual([
        [one, 1, null, 'PENDING'],
        [two, 1, null, 'PENDING'],
        [two + 1, 2, null, 'PENDING'],
        [one, 1, 'PENDING', 'CONFIRMED'],
        [two, 1, 'PENDING', 'CANCELLED'],
        [two + 1, 2, 'PENDING', 'CANCELLED'],
      ]);
      const before = await everything(database);
      expect(before.said).toHaveLength(6);
      failing.statement = { sql: 'INSERT INTO said VALUES (NULL, NULL)', values: [] };
      await expect(reservations.reserve({ ...good, memberId: 3, idempotencyKey: 'k3' })).rejects.toThrow(/null/);
      await expect(reservations.cancel({ reservationId: one, memberId: 1 })).rejects.toThrow(/null/);
      expect(await everything(database)).toEqual(before);
    });
  });

  it('expire all other holds when one cannot be', async () => {
    const recordChanges = (changes: readonly ReservationChange[]): Statement[] => {
      if (changes.some(({ memberId, to }) => memberId === 2 && to === 'EXPIRED')) throw new Error('member 2 has moved');
      return [];
    };
    await withReservations(server, { recordChanges }, async ({ reservations, database, run }) => {
      for (const memberId of [1, 2, 3, 4, 5]) {
        await reservations.reserve({ ...good, memberId, idempotencyKey: `k${memberId}`, holdTtlMs: 1000 });
      }
      await run('UPDATE {reservation} SET {reservation.expiresAt} = NOW(6)');
      await expect(reservations.expireDue()).rejects.toThrow('member 2 has moved');
      expect(await seatsTaken(database)).toEqual([1, 0, 0]);
    });
  });

  it.each(lockStrategyNames)(
    'answer what is under way under %s when closed, and refuse what comes after',
    async (strategy) => {
      await withReservations(server, { strategy }, async ({ reservations, database }) => {
        const order: string[] = [];
        const lock = 'SELECT id FROM reservation_slot WHERE id = 1 FOR UPDATE';
        const closed = await database.transaction(async (tx) => {
          await tx.query(lock);
          void reservations.reserve(good).then(({ kind }) => order.push(kind));
          const closing = reservations.close().then(() => order.push('closed'));
          await expect(reservations.reserve(good)).rejects.toMatchObject({ code: 'ABORTED' });
          await expect(reservations.confirm({ reservationId: 1 })).rejects.toMatchObject({ code: 'ABORTED' });
          return { closing };
        });
        await closed.closing;
        expect(order).toEqual(['reserved', 'closed']);
      });
    },
  );
});

interface Scene extends ReservationScene {
  reservations: Reservations;
  /** The same again, with nothing in memory. */
  reopen(): Reservations;
}

/** Three slots for five; afterwards all invariants must hold. */
async function withReservations(
  server: TestServer,
  options: Omit<ReservationsOptions, 'database'>,
  work: (scene: Scene) => Promise<void>,
): Promise<void> {
  await withReservationScene(server, { slots: 3, capacity: 5 }, async (scene) => {
    const reopen = (): Reservations =>
      createReservations({ redisUrl: testRedis(), ...options, database: scene.database });
    await work({ ...scene, reservations: reopen(), reopen });
    expect(await checkInvariants(scene.database)).toMatchObject({ ok: true, violations: [] });
  });
}

function vary(name: string): (value: unknown) => [string, unknown] {
  return (value) => [`${name} ${typeof value} ${String(value)}`, { ...good, [name]: value }];
}

function place(part: object): [string, unknown] {
  return [JSON.stringify(part), { ...details, ...day, ...part }];
}

function manySlots(count: number): { slotId: number }[] {
  return Array.from({ length: count }, (_unused, index) => ({ slotId: index + 1 }));
}

function idOf(outcome: { kind: string; reservationId?: number }): number {
  expect(outcome).toMatchObject({ kind: 'reserved' });
  return outcome.reservationId as number;
}

async function seatsTaken(database: Database): Promise<number[]> {
  const rows = await database.query<{ count: number }>('SELECT count FROM reservation_slot ORDER BY id');
  return rows.map(({ count }) => count);
}

async function everything(database: Database): Promise<Record<string, object[]>> {
  const read = (table: string): Promise<object[]> => database.query(`SELECT * FROM ${table} ORDER BY 1, 2`);
  return { slots: await read('reservation_slot'), reservations: await read('reservation'), said: await read('said') };
}
