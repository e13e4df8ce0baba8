import { setTimeout as sleep } from 'node:timers/promises';

import {
  checkInvariants,
  createReservations,
  type RecordChanges,
  type ReservationChange,
  type Reservations,
} from 'tablepick/reservations';
import { describe, expect, it } from 'vitest';

import { type ReservationScene, withReservationScene } from './support/reservation-scene.js';
import { type TestServer, testServers } from './support/servers.js';

interface ChangeScene extends ReservationScene {
  reservations: Reservations;
  /** All changes of the transactions that were tried, in order. */
  changes: ReservationChange[];
  /** How many transactions recorded changes of existing reservations. */
  batches: () => number;
  /** Resolves with the id of the first of them. Without `holdTtlMs` they never expire. */
  hold(memberId: number, slotIds: readonly number[], holdTtlMs?: number): Promise<number>;
  statusOf(reservationId: number): Promise<string>;
}

async function withChangeScene(
  server: TestServer,
  work: (scene: ChangeScene) => Promise<void>,
  recordChanges: RecordChanges = () => [],
): Promise<void> {
  await withReservationScene(server, { slots: 6, capacity: 500 }, async (scene) => {
    const changes: ReservationChange[] = [];
    let batches = 0;
    const reservations = createReservations({
      database: scene.database,
      recordChanges: (some) => {
        const later = some.filter(({ from }) => from !== null);
        if (later.length > 0) batches += 1;
        changes.push(...later);
        return recordChanges(some);
      },
    });
    const hold: ChangeScene['hold'] = async (memberId, slotIds, holdTtlMs) => {
      const request = { memberId, partySize: 1, idempotencyKey: `${memberId}-${slotIds.join()}`, holdTtlMs };
      const outcome = await reservations.reserve({ ...request, slots: slotIds.map((slotId) => ({ slotId })) });
      if (outcome.kind !== 'reserved') throw new Error(outcome.kind);
      return outcome.reservationId;
    };
    const statusOf = async (reservationId: number): Promise<string> => {
      const sql = 'SELECT status FROM reservation WHERE id = ?';
      const [row] = await scene.database.query<{ status: string }>(sql, [reservationId]);
      return row?.status ?? 'gone';
    };
    try {
      await work({ ...scene, reservations, changes, batches: () => batches, hold, statusOf });
      expect(await checkInvariants(scene.database)).toMatchObject({ ok: true, violations: [] });
    } finally {
      await reservations.close();
    }
  });
}

const kindOf = (call: Promise<{ kind: string }>): Promise<string> =>
  call.then(
    ({ kind }) => kind,
    (error: unknown) => (error as Error).message,
  );

describe.each(testServers())('changes that come together on $name', (server) => {
  it('have one winner each, over few slots, with reservations made as one among them', async () => {
    await withChangeScene(server, async ({ reservations, changes, batches, hold }) => {
      const members = Array.from({ length: 100 }, (_, place) => place + 1);
      const slotsOf = (member: number): number[] => (member % 5 === 0 ? [1 + (member % 2), 3, 5] : [1 + (member % 6)]);
      const ids = await Promise.all(
        members.map((member) => hold(member, slotsOf(member), member % 4 === 0 ? 1 : undefined)),
      );
      await sleep(20);
      const ends = await Promise.all(
        ids.map((reservationId, place) =>
          Promise.all([
            kindOf(reservations.cancel({ reservationId, memberId: members[place]! })),
            kindOf(reservations.confirm({ reservationId })),
            kindOf(reservations.expire({ reservationId })),
          ]),
        ),
      );
      for (const [place, [cancelled, confirmed, expired]] of ends.entries()) {
        const isDue = members[place]! % 4 === 0;
        if (isDue) expect([cancelled, confirmed]).toEqual(['expired', 'expired']);
        if (isDue) expect(expired).toMatch(/^(already-)?expired$/);
        else expect(cancelled).toBe('cancelled');
        // It was confirmed before it was cancelled, or not at all.
        if (!isDue) expect(confirmed).toMatch(/^(confirmed|cancelled)$/);
      }
      const given = changes.filter(({ to }) => to !== 'CONFIRMED').map(({ reservationId }) => reservationId);
      expect(new Set(given).size).toBe(given.length);
      // A few transactions began anew, because holds turned out to be due.
      expect(batches()).toBeLessThan(12);
    });
  });

  it('are decided in the order in which they came when they are of the same reservation', async () => {
    await withChangeScene(server, async ({ reservations, changes, hold, statusOf }) => {
      const reservationId = await hold(7, [1, 2]);
      const kinds = await Promise.all([
        kindOf(reservations.confirm({ reservationId })),
        kindOf(reservations.confirm({ reservationId: reservationId + 1 })),
        kindOf(reservations.cancel({ reservationId, memberId: 7 })),
        kindOf(reservations.cancel({ reservationId, memberId: 7 })),
        kindOf(reservations.confirm({ reservationId })),
        kindOf(reservations.expire({ reservationId })),
      ]);
      expect(kinds).toEqual([
        'confirmed',
        'already-confirmed',
        'cancelled',
        'already-cancelled',
        'cancelled',
        'cancelled',
      ]);
      expect(await statusOf(reservationId)).toBe('CANCELLED');
      const last = changes.slice(-4).map(({ from, to }) => `${from} ${to}`);
      expect(last).toEqual(['PENDING CONFIRMED', 'PENDING CONFIRMED', 'CONFIRMED CANCELLED', 'CONFIRMED CANCELLED']);
    });
  });

  it('tell each caller its own outcome', async () => {
    await withChangeScene(server, async ({ reservations, hold }) => {
      const [mine, due] = [await hold(1, [1]), await hold(2, [1], 1)];
      await sleep(20);
      const kinds = await Promise.all([
        kindOf(reservations.cancel({ reservationId: mine, memberId: 9 })),
        kindOf(reservations.cancel({ reservationId: 999_999, memberId: 1 })),
        kindOf(reservations.confirm({ reservationId: 999_999 })),
        kindOf(reservations.expire({ reservationId: 999_999 })),
        kindOf(reservations.confirm({ reservationId: due })),
        kindOf(reservations.expire({ reservationId: mine })),
        kindOf(reservations.confirm({ reservationId: mine })),
      ]);
      expect(kinds).toEqual(['not-owner', 'not-found', 'not-found', 'not-found', 'expired', 'not-due', 'confirmed']);
    });
  });

  it('do not fail with one that fails', async () => {
    const refuse: RecordChanges = (changes) => {
      if (changes.some(({ from, memberId }) => from !== null && memberId === 13)) throw new Error('not this one');
      const bad = changes.some(({ from, memberId }) => from !== null && memberId === 14);
      return bad ? [{ sql: "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'", values: [] }] : [];
    };
    const work = async ({ reservations, hold }: ChangeScene): Promise<void> => {
      const members = Array.from({ length: 40 }, (_, place) => place + 1);
      const ids = await Promise.all(members.map((member) => hold(member, [1 + (member % 3)])));
      const kinds = await Promise.all(
        ids.map((reservationId, place) => kindOf(reservations.cancel({ reservationId, memberId: members[place]! }))),
      );
      expect(kinds[12]).toBe('not this one');
      expect(kinds[13]).toMatch('refused');
      expect(kinds.filter((kind) => kind === 'cancelled')).toHaveLength(38);
    };
    await withChangeScene(server, work, refuse);
  });

  it('do not wait for long for one whose slot or row somebody holds, and that one ends when it is free', async () => {
    await withChangeScene(server, async ({ database, reservations, hold, statusOf }) => {
      const [slotHeld, rowHeld, paid] = [await hold(1, [1]), await hold(2, [2]), await hold(3, [1])];
      const others = await Promise.all([11, 12, 13].map((member) => hold(member, [3])));
      let held: Promise<string>[] = [];
      await database.transaction(async (tx) => {
        await tx.query('SELECT id FROM reservation_slot WHERE id = 1 FOR UPDATE');
        await tx.query('SELECT id FROM reservation WHERE id = ? FOR UPDATE', [rowHeld]);
        held = [
          kindOf(reservations.cancel({ reservationId: slotHeld, memberId: 1 })),
          kindOf(reservations.confirm({ reservationId: rowHeld })),
        ];
        // A confirmation needs no slot.
        const free = [kindOf(reservations.confirm({ reservationId: paid }))];
        free.push(
          ...others.map((reservationId, place) => kindOf(reservations.cancel({ reservationId, memberId: 11 + place }))),
        );
        expect(await Promise.all(free)).toEqual(['confirmed', 'cancelled', 'cancelled', 'cancelled']);
        expect([await statusOf(slotHeld), await statusOf(rowHeld)]).toEqual(['PENDING', 'PENDING']);
      });
      expect(await Promise.all(held)).toEqual(['cancelled', 'confirmed']);
    });
  });

  it('can be withdrawn before they begin', async () => {
    await withChangeScene(server, async ({ reservations, hold, statusOf }) => {
      const reservationId = await hold(1, [1]);
      const signal = AbortSignal.abort();
      const calls = [
        reservations.confirm({ reservationId }, { signal }),
        reservations.cancel({ reservationId, memberId: 1 }, { signal }),
        reservations.expire({ reservationId }, { signal }),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'ABORTED' });
      expect(await statusOf(reservationId)).toBe('PENDING');
    });
  });
});

describe.each(testServers())('changeAll on $name', (server) => {
  it('makes all changes in one transaction, and those that begin leaves out not at all', async () => {
    await withChangeScene(server, async ({ reservations, hold, statusOf, batches }) => {
      const ids = [await hold(1, [1]), await hold(2, [1, 2]), await hold(3, [3])];
      const cancelAll = [...ids, 999_999].map((reservationId) => ({
        reservationId,
        decide: () => 'CANCELLED' as const,
      }));
      const ended: number[] = [];
      const decided = await reservations.changeAll({
        changes: cancelAll,
        begin: (_tx, held) => {
          expect(held).toHaveLength(4);
          return Promise.resolve(cancelAll.filter(({ reservationId }) => reservationId !== ids[0]));
        },
        end: (_tx, all) => Promise.resolve(void ended.push(...all.map(({ madeAsOne }) => madeAsOne.length))),
      });
      expect(decided.map(({ before, after }) => [before?.status, after?.status])).toEqual([
        ['PENDING', 'CANCELLED'],
        ['PENDING', 'CANCELLED'],
        [undefined, undefined],
      ]);
      expect(ended).toEqual([2, 1, 0]);
      expect(await Promise.all(ids.map(statusOf))).toEqual(['PENDING', 'CANCELLED', 'CANCELLED']);
      expect(batches()).toBe(1);
    });
  });

  it('changes nothing when it fails', async () => {
    await withChangeScene(server, async ({ reservations, hold, statusOf }) => {
      const ids = [await hold(1, [1]), await hold(2, [2])];
      const changing = reservations.changeAll({
        changes: ids.map((reservationId) => ({ reservationId, decide: () => 'CANCELLED' as const })),
        end: () => Promise.reject(new Error('at the end')),
      });
      await expect(changing).rejects.toThrow('at the end');
      expect(await Promise.all(ids.map(statusOf))).toEqual(['PENDING', 'PENDING']);
    });
  });
});
